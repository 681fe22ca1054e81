/** The store's contract about account data. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { newDeviceId } from "../../../lib/base/ids.ts";
import type { Cases } from "./store_contract.ts";
import { accountId, fingerprintOf, join, newDevice, START_MS } from "./store_kit.ts";

const version = () => newDeviceId(systemRandom) as string;

export const accountDataCases: Cases = {
  "store keeps a page of each account, and takes another only in the place of the one that is there":
    async (
      store,
    ) => {
      const [alice, bob] = [await join(store, "alice", 1), await join(store, "bob", 2)];
      const [one, two, three] = [version(), version(), version()];
      const of = { account: alice.account, page: "people" } as const;
      const write = (version: string, follows: string | undefined) =>
        store.writePage({ ...of, version, follows, body: utf8(version) });
      assert.equal(await store.readPage(of), undefined);
      assert.equal(await write(one, two), false);
      assert.equal(await write(one, undefined), true);
      assert.equal(await write(two, undefined), false);
      assert.equal(await write(two, one), true);
      assert.equal(await write(three, one), false);
      assert.deepEqual(await store.readPage(of), { version: two, body: utf8(two) });
      assert.equal(await store.readPage({ ...of, page: "read" }), undefined);
      assert.equal(await store.readPage({ ...of, account: bob.account }), undefined);
      const stranger = { ...of, account: accountId("carol"), version: one, follows: undefined };
      await assert.rejects(store.writePage({ ...stranger, body: utf8("x") }), {
        code: "unknown-account",
      });
    },

  "store forgets a notebook with its account, and with the identity that sealed it": async (
    store,
  ) => {
    for (const [i, how] of ["deleted", "replaced"].entries()) {
      const { account } = await join(store, how, 2 * i + 1);
      const of = { account, page: "people" } as const;
      await store.writePage({ ...of, version: version(), follows: undefined, body: utf8("x") });
      if (how === "deleted") await store.deleteAccount({ account, nowMs: START_MS });
      else {
        await store.replaceIdentity({
          account,
          identity: fingerprintOf(99),
          rosterEntry: utf8("entry"),
          recoveryCopy: utf8("copy"),
          rotation: undefined,
          device: newDevice(50),
          nowMs: START_MS,
        });
      }
      assert.equal(await store.readPage(of), undefined, how);
    }
  },
};
