/** A server that lies about who is who: whatever it hands out, nothing goes to or comes from the wrong party. */

import assert from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { parseAccountName } from "../../../lib/base/account_name.ts";
import { makeRosterEntry } from "../../../lib/crypto/statements/roster_entry.ts";
import { PROTOCOL_VERSIONS } from "../../../lib/protocol/versions.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { readyIdentity } from "../../kit/profiles.ts";
import { openPair, openTalk, type TestClient, World } from "../../kit/test_client.ts";

/** Answers for `account` with an entry of the identity `which`, properly signed by it. */
async function impostor(world: World, account: string, which: number): Promise<Hooks> {
  const { identity } = await readyIdentity(which);
  const parsed = parseAccountName(account);
  assert(parsed.ok);
  const entry = await makeRosterEntry(identity, {
    serverId: world.server.parts.identity.serverId,
    accountId: parsed.id,
    accountName: parsed.name,
    sequence: 9,
  });
  const nothing = new Uint8Array(0);
  const { sizes, payload } = joinSections([entry, nothing, nothing, nothing]);
  return {
    down({ header, payload: original }, pass) {
      const isIt = header.kind === "keys.account-found" && header.account === parsed.id;
      if (!isIt) return pass(header, original);
      pass({ ...header, identity: identity.key.fingerprint, sizes }, payload);
    },
  };
}

/** Counts what leaves for others. */
function counting(hooks: Hooks = {}): Hooks & { sent: string[] } {
  const sent: string[] = [];
  return {
    ...hooks,
    sent,
    up({ header, payload }, pass, answer) {
      const kind = String(header.kind);
      if (["relay.send", "relay.open", "relay.commit"].includes(kind)) sent.push(kind);
      if (hooks.up === undefined) pass(header, payload);
      else return hooks.up({ header, payload }, pass, answer);
    },
  };
}

async function contactOf(client: TestClient, other: TestClient) {
  return await client.messenger.contacts.find(other.account);
}

Deno.test("SR-06: a server that swaps a pinned contact's key gets nothing to read, and the person is told", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const middle = counting(await impostor(world, "bob", 3));
  await alice.connect({ middle });
  const id = await alice.client.write(bob.account, "secret");
  const [held] = await alice.client.flush();
  assert.equal(held.error?.code, "identity-changed");
  assert.deepEqual(middle.sent, []);
  assert.equal(alice.client.deliveryOf(id), "queued");
  assert.deepEqual(await alice.notices(), ["identity-changed"]);
  // The lie ends, and with it the hold.
  await alice.connect();
  assert.deepEqual(await alice.client.flush(), []);
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "secret");
});

Deno.test("SR-06: a directory entry about somebody else is not taken", async () => {
  await using pair = await openPair();
  const { world, alice } = pair;
  await world.client("carol", 2);
  await alice.connect({
    middle: {
      up({ header, payload }, pass) {
        pass(header.kind === "keys.account" ? { ...header, account: "carol" } : header, payload);
      },
    },
  });
  await assert.rejects(alice.client.findContact("bob"), {
    name: "TrustError",
    code: "bad-directory",
  });
  assert.deepEqual(await alice.messenger.contacts.list(), []);
});

Deno.test("SR-02: a directory entry whose signature does not hold is not taken", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "keys.account-found") payload[payload.length - 1] ^= 1;
        pass(header, payload);
      },
    },
  });
  await assert.rejects(alice.client.findContact("bob"), { code: "bad-directory" });
});

Deno.test("SR-13: a key package of another account is refused, and no conversation is begun with it", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  await (await world.client("mallory", 3)).connect();
  const middle = counting({
    up({ header, payload }, pass) {
      pass(header.kind === "keys.fetch" ? { ...header, account: "mallory" } : header, payload);
    },
  });
  await alice.connect({ middle });
  await alice.client.findContact("bob");
  await alice.client.write(bob.account, "secret");
  const [held] = await alice.client.flush();
  assert.equal(held.error?.code, "bad-directory");
  assert.deepEqual(middle.sent, []);
});

Deno.test("SR-13: a key package of the right name under another identity is refused", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  // A second world, in which bob is another one: the server has his package from there.
  await using elsewhere = await World.open();
  await (await elsewhere.client("bob", 3)).connect();
  const taken = await elsewhere.server.parts.store.takeKeyPackage(bob.account);
  assert(taken !== undefined);
  const { sizes, payload: forged } = joinSections([taken.keyPackage, taken.certificate]);
  const middle = counting({
    down({ header, payload }, pass) {
      if (header.kind === "keys.package") pass({ ...header, sizes }, forged);
      else pass(header, payload);
    },
  });
  await alice.connect({ middle });
  await alice.client.findContact("bob");
  await alice.client.write(bob.account, "secret");
  assert.equal((await alice.client.flush())[0].error?.code, "bad-directory");
  assert.deepEqual(middle.sent, []);
});

Deno.test("SR-12: a certificate that was not asked for is not kept, and one that is held back holds the conversation", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await (await world.device("bob", 1)).connect();
  const mallory = await world.client("mallory", 3);
  const foreign: Bytes = mallory.client.profile.own.certificate;
  await alice.disconnect();
  await phone.client.sync();
  await bob.client.sync();
  await bob.say(alice, "under the new epoch");
  const { sizes, payload: lie } = joinSections([foreign]);
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "keys.certificates-found") pass({ ...header, sizes }, lie);
        else pass(header, payload);
      },
    },
  });
  await alice.client.sync();
  const { certificateHash } = mallory.client.profile.own;
  assert.equal(alice.messenger.directory.find(certificateHash), undefined);
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.equal((await alice.received()).includes("under the new epoch"), false);
  assert.deepEqual(await alice.notices(), ["fork"]);
});

Deno.test("SR-06: an announcement about someone unknown makes no pin", async () => {
  await using pair = await openPair();
  const { world, alice } = pair;
  await world.client("carol", 2);
  await world.reset("carol", 3);
  await world.clock.advance(300);
  await alice.client.sync();
  assert.deepEqual(await alice.messenger.contacts.list(), []);
});

Deno.test("SR-07: an announced change is compared before the next text leaves", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  let isLying = false;
  const lie = await impostor(world, "bob", 3);
  const middle = counting({
    down(packet, pass) {
      return isLying ? lie.down?.(packet, pass) : pass(packet.header, packet.payload);
    },
  });
  await alice.connect({ middle });
  await alice.say(bob, "before");
  const { length } = middle.sent;
  isLying = true;
  await world.reset("bob", 3);
  await world.clock.advance(300);
  await alice.client.write(bob.account, "after");
  assert.equal((await alice.client.flush())[0].error?.code, "identity-changed");
  assert.equal(middle.sent.length, length);
  assert.notEqual((await contactOf(alice, bob))?.changedTo, undefined);
});

Deno.test("SR-03: a server that claims another identity for one's own account is not used", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  const { identity } = await readyIdentity(3);
  await assert.rejects(
    alice.connect({
      middle: {
        down({ header, payload }, pass) {
          const fields = header.kind === "login.device-done"
            ? { identity: identity.key.fingerprint }
            : {};
          pass({ ...header, ...fields }, payload);
        },
      },
    }),
    { name: "TrustError", code: "own-identity-changed" },
  );
  assert.equal(alice.client.isOnline, false);
});

Deno.test("SR-43: another server in the middle is not signed in to", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  await using elsewhere = await World.open();
  const { payload: theirs, ...fields } = joinSections(elsewhere.server.parts.identity.succession);
  await assert.rejects(
    alice.connect({
      middle: {
        down({ header, payload }, pass) {
          if (header.kind === "hello.ok") pass({ ...header, ...fields }, theirs);
          else pass(header, payload);
        },
      },
    }),
    { name: "TrustError", code: "server-changed" },
  );
});

Deno.test("SR-43: a version that was not offered is refused", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  for (const version of [0, PROTOCOL_VERSIONS.max + 1]) {
    await assert.rejects(
      alice.connect({
        middle: {
          down({ header, payload }, pass) {
            pass(header.kind === "hello.ok" ? { ...header, version } : header, payload);
          },
        },
      }),
      { name: "ProtocolError" },
    );
  }
});

Deno.test("an answer to what nobody asked is passed over", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (typeof header.request === "number") pass({ ...header, request: 1e6 }, payload);
        pass(header, payload);
      },
    },
  });
  await alice.say(bob, "still here");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "still here");
});
