import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { type BroadcastId, parseBroadcastId } from "../../../lib/base/ids.ts";
import { KEPT_BROADCASTS, type Store } from "../../../lib/server/store/store.ts";
import { accountId, join, START_MS } from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

function broadcastId(n: number): BroadcastId {
  const id = parseBroadcastId(n.toString(16).padStart(32, "0"));
  assert(id !== undefined);
  return id;
}

function add(
  store: Store,
  n: number,
  { nowMs = START_MS, name = "alice", text = `text ${n}` } = {},
) {
  return store.addBroadcast({
    account: accountId(name),
    id: broadcastId(n),
    statement: utf8(text),
    nowMs,
  });
}

async function list(store: Store, options: { after?: number; sinceMs?: number } = {}) {
  const { broadcasts, latest } = await store.listBroadcasts({
    after: 0,
    sinceMs: 0,
    limit: 64,
    ...options,
  });
  return { texts: broadcasts.map(({ statement }) => new TextDecoder().decode(statement)), latest };
}

export const broadcastCases: Cases = {
  "SR-60: store numbers broadcasts from 1 without gaps, also those that come at once": async (
    store,
  ) => {
    await join(store, "alice", 1);
    assert.deepEqual(await list(store), { texts: [], latest: 0 });
    const added = await Promise.all([1, 2, 3].map((n) => add(store, n)));
    assert.deepEqual(added, [1, 2, 3].map((number) => ({ number, atMs: START_MS, isNew: true })));
    assert.deepEqual(await list(store), { texts: ["text 1", "text 2", "text 3"], latest: 3 });
  },

  "SR-60: store gives a broadcast that comes again its first number, and refuses its id otherwise":
    async (
      store,
    ) => {
      await join(store, "alice", 1);
      await join(store, "bob", 2);
      await add(store, 1);
      const again = await add(store, 1, { nowMs: START_MS + 1000 });
      assert.deepEqual(again, { number: 1, atMs: START_MS, isNew: false });
      const refused = { name: "Refusal", code: "bad-message" };
      await assert.rejects(add(store, 1, { text: "other" }), refused);
      await assert.rejects(add(store, 1, { name: "bob" }), refused);
      assert.deepEqual(await list(store), { texts: ["text 1"], latest: 1 });
      const second = await add(store, 2);
      assert.equal("number" in second && second.number, 2, "what was refused takes no number");
    },

  "store keeps the order of broadcasts when its clock is set back": async (store) => {
    await join(store, "alice", 1);
    await add(store, 1);
    const earlier = await add(store, 2, { nowMs: START_MS - 5000 });
    assert.equal("atMs" in earlier && earlier.atMs, START_MS);
  },

  "store lists broadcasts after a number and since a time": async (store) => {
    await join(store, "alice", 1);
    for (const n of [1, 2, 3]) await add(store, n, { nowMs: START_MS + n });
    assert.deepEqual((await list(store, { after: 1 })).texts, ["text 2", "text 3"]);
    assert.deepEqual((await list(store, { sinceMs: START_MS + 3 })).texts, ["text 3"]);
    assert.deepEqual(await list(store, { after: 3 }), { texts: [], latest: 3 });
    const { broadcasts } = await store.listBroadcasts({ after: 0, sinceMs: 0, limit: 2 });
    assert.deepEqual(broadcasts.map(({ number }) => number), [1, 2]);
  },

  "store refuses a broadcast of an account that is not there": async (store) => {
    await assert.rejects(add(store, 1), { name: "Refusal", code: "unknown-account" });
  },

  "store keeps the newest broadcasts, and goes on counting": async (store) => {
    await join(store, "alice", 1);
    const count = KEPT_BROADCASTS + 2;
    await Promise.all(Array.from({ length: count }, (_, i) => add(store, i + 1)));
    const first = await list(store, { after: 0 });
    assert.equal(first.texts[0], "text 3");
    assert.equal(first.latest, count);
    const last = await add(store, count + 1);
    assert.equal("number" in last && last.number, count + 1);
  },

  "store adds no broadcast of who is muted, and gives the first answer to what they said before":
    async (
      store,
    ) => {
      await join(store, "alice", 1);
      const first = await add(store, 1);
      const moderationAction = { by: "operator", reason: "", nowMs: START_MS } as const;
      await store.addSanction({
        ...moderationAction,
        account: accountId("alice"),
        kind: "mute",
        untilMs: START_MS + 10,
      });
      const refused = await add(store, 2);
      assert("sanction" in refused);
      assert.equal(refused.sanction.untilMs, START_MS + 10);
      assert.deepEqual(await add(store, 1), { ...first, isNew: false });
      assert.deepEqual((await list(store)).texts, ["text 1"]);
      assert.deepEqual(await add(store, 3, { nowMs: START_MS + 10 }), {
        number: 2,
        atMs: START_MS + 10,
        isNew: true,
      });
    },

  "store adds no broadcast of who is kicked, whose session another node has yet to end": async (
    store,
  ) => {
    await join(store, "alice", 1);
    const kick = { kind: "kick", account: accountId("alice"), untilMs: undefined } as const;
    await store.addSanction({ ...kick, by: "operator", reason: "", nowMs: START_MS });
    const refused = await add(store, 1);
    assert("sanction" in refused);
    assert.equal(refused.sanction.kind, "kick");
    assert.deepEqual((await list(store)).texts, []);
  },
};
