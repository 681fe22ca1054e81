import assert from "node:assert/strict";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Cases } from "./store_contract.ts";
import { accountId, DAY_MS, deviceId, join, START_MS, uploadId } from "./store_kit.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { change, commit, newRoom, openRoom, ROOM } from "./store_rooms_kit.ts";

const LIMITS = { bytes: 1000, uploads: 3, allBytes: 1500, firstBytes: 1000 };

/** What is reserved has a test of its own. */
async function open(
  store: Store,
  n: number,
  { sender = "alice", reader = "bob", sizeBytes = 400, nowMs = START_MS + n }: {
    sender?: string;
    reader?: string | { readonly room: number };
    sizeBytes?: number;
    nowMs?: number;
  } = {},
) {
  const opened = await store.openUpload({
    upload: uploadId(n),
    sender: accountId(sender),
    audience: typeof reader === "string" ? { account: accountId(reader) } : reader,
    sizeBytes,
    limits: LIMITS,
    nowMs,
  });
  if (opened.result !== "opened") return opened;
  const { reservedBytes: _, isNew: _new, ...shown } = opened;
  return shown;
}

async function people(store: Store): Promise<void> {
  for (const [i, name] of ["alice", "bob", "carol"].entries()) await join(store, name, i + 1);
}

/** Alice's own, number 256, of herself alone. */
async function roomOf(store: Store) {
  const alice = { account: accountId("alice"), device: deviceId(1) };
  await store.createRoom(newRoom(alice, []));
  return { alice: alice.account };
}

function release(store: Store, n: number, name: string, keepBytes = 0) {
  return store.releaseUpload({ upload: uploadId(n), account: accountId(name), keepBytes });
}

async function find(store: Store, n: number, reader: string) {
  const found = await store.findUploadFor({ upload: uploadId(n), reader: accountId(reader) });
  return found && { sizeBytes: found.sizeBytes };
}

export const uploadCases: Cases = {
  "store says whether an upload is begun, or was before": async (store) => {
    await people(store);
    const open = () =>
      store.openUpload({
        ...{ upload: uploadId(1), sender: accountId("alice"), sizeBytes: 10, limits: LIMITS },
        ...{ audience: { account: accountId("bob") }, nowMs: START_MS },
      });
    const isNew = async () => {
      const opened = await open();
      return opened.result === "opened" && opened.isNew;
    };
    assert.deepEqual([await isNew(), await isNew()], [true, false]);
  },

  "SR-54: store reserves for uploads what they ask for, up to their size and to what all may have":
    async (
      store,
    ) => {
      await people(store);
      const limits = { ...LIMITS, bytes: 1_000_000, allBytes: 1000, firstBytes: 100 };
      const begin = (n: number, sizeBytes: number) =>
        store.openUpload({
          ...{ upload: uploadId(n), sender: accountId("alice"), sizeBytes, limits },
          ...{ audience: { account: accountId("bob") }, nowMs: START_MS },
        });
      const reserve = (n: number, bytes: number) =>
        store.reserveUpload({ upload: uploadId(n), bytes, limits });
      const opened = await begin(1, 900_000);
      assert.equal(opened.result === "opened" && opened.reservedBytes, 100);
      await begin(2, 350);
      assert.equal(await reserve(1, 550), "reserved");
      // 100 + 550 + 100: 250 are left.
      assert.equal(await reserve(1, 251), "full");
      // More than its size is never reserved.
      assert.equal(await reserve(2, 10_000), "reserved");
      const found = await store.findUploadFor({ upload: uploadId(2), reader: accountId("bob") });
      assert.equal(found?.reservedBytes, 350);
      assert.equal(await reserve(1, 1), "full");
      assert.equal(await reserve(2, 1), "reserved");
      assert.equal((await begin(3, 10)).result, "spool-full");
      await release(store, 2, "alice");
      assert.equal(await reserve(1, 350), "reserved");
      assert.equal(await reserve(1, 1), "full");
      assert.equal(await reserve(9, 1), "unknown");
      const again = await begin(1, 900_000);
      assert.equal(again.result === "opened" && again.reservedBytes, 1000);
    },
  "SR-53: store opens no upload of nobody, nor one for a room that is closed": async (store) => {
    await people(store);
    assert.deepEqual(await open(store, 1, { sender: "zoe" }), { result: "unknown-account" });
    const { alice } = await roomOf(store);
    assert.deepEqual(await open(store, 2, { reader: { room: 256 }, sender: "alice" }), {
      ...{ result: "opened", removed: [], readers: [] },
    });
    await store.closeRoom({ conversation: ROOM, account: alice });
    const refused = await open(store, 3, { reader: { room: 256 }, sender: "alice" });
    assert.deepEqual(refused, { result: "not-member" });
  },

  "store reserves nothing more for an upload that has all, however full the spool is": async (
    store,
  ) => {
    await people(store);
    await open(store, 1);
    const limits = { ...LIMITS, allBytes: 100 };
    const reserve = () => store.reserveUpload({ upload: uploadId(1), bytes: 50, limits });
    assert.equal(await reserve(), "reserved");
  },

  "store lists what an account has begun for a room, and nothing else": async (store) => {
    await openRoom(store);
    await open(store, 1, { reader: "carol" });
    await open(store, 2, { reader: { room: 256 }, sizeBytes: 300 });
    await open(store, 3, { reader: { room: 256 }, sender: "bob" });
    const of = (sender: string, room: number) =>
      store.listUploadsOf({ sender: accountId(sender), room });
    assert.deepEqual(await of("alice", 256), [{ upload: uploadId(2), sizeBytes: 300 }]);
    assert.deepEqual(await of("alice", 257), []);
    assert.deepEqual(await of("carol", 256), []);
  },
  "SR-53: store opens an upload again for its sender alone, of the same size, for the same reader":
    async (
      store,
    ) => {
      await people(store);
      const opened = { result: "opened", removed: [], readers: ["bob"] };
      assert.deepEqual(await open(store, 1), opened);
      assert.deepEqual(await open(store, 1), opened);
      const refused = { name: "Refusal", code: "not-permitted" };
      await assert.rejects(open(store, 1, { sender: "carol" }), refused);
      await assert.rejects(open(store, 1, { reader: "carol" }), refused);
      await assert.rejects(open(store, 1, { sizeBytes: 401 }), refused);
      assert.deepEqual(await open(store, 2, { reader: "zoe" }), { result: "unknown-account" });
      assert.deepEqual(await find(store, 1, "bob"), { sizeBytes: 400 });
      assert.equal(await find(store, 1, "carol"), undefined);
      assert.equal(await find(store, 1, "alice"), undefined);
      assert.equal(await find(store, 2, "zoe"), undefined);
    },

  "SR-54: store refuses uploads beyond an account's bytes, to the byte, whoever they are for":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1, { sizeBytes: 600 });
      const full = { result: "quota-exceeded" };
      assert.deepEqual(await open(store, 2, { sizeBytes: 401, reader: "carol" }), full);
      assert.equal((await open(store, 2, { sizeBytes: 400 })).result, "opened");
      // Another account has its own.
      assert.equal((await open(store, 3, { sender: "carol", sizeBytes: 500 })).result, "opened");
    },

  "SR-54: store refuses uploads beyond the bytes of all accounts together, until some are gone":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1, { sizeBytes: 1000 });
      const more = () => open(store, 2, { sender: "carol", sizeBytes: 501 });
      assert.deepEqual(await more(), { result: "spool-full" });
      assert.equal((await open(store, 3, { sender: "carol", sizeBytes: 500 })).result, "opened");
      await release(store, 3, "carol");
      await release(store, 1, "alice");
      assert.equal((await more()).result, "opened");
    },

  "SR-54: store refuses uploads beyond an account's number of them": async (store) => {
    await people(store);
    for (const n of [1, 2, 3]) await open(store, n, { sizeBytes: 0 });
    assert.deepEqual(await open(store, 4, { sizeBytes: 0 }), { result: "quota-exceeded" });
    assert.equal((await open(store, 3, { sizeBytes: 0 })).result, "opened");
  },

  "store lets uploads that their readers are done with make room, oldest first, and no more than is needed":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1);
      await open(store, 2);
      assert.equal(await release(store, 2, "bob", 400), "kept");
      assert.equal(await release(store, 1, "bob", 400), "kept");
      assert.deepEqual(await open(store, 3), {
        result: "opened",
        removed: [uploadId(1)],
        readers: ["bob"],
      });
      assert.equal(await store.hasUpload(uploadId(1)), false);
      // Its sender goes on with it: it is needed again.
      await open(store, 2);
      assert.deepEqual(await open(store, 4), { result: "quota-exceeded" });
    },

  "store removes an upload when its sender takes it back, or its reader is done with a great one":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1);
      assert.equal(await release(store, 1, "carol"), "unknown");
      assert.equal(await release(store, 9, "bob"), "unknown");
      assert.equal(await release(store, 1, "bob", 399), "removed");
      assert.equal(await store.hasUpload(uploadId(1)), false);
      await open(store, 2);
      assert.equal(await release(store, 2, "alice", 1000), "removed");
      assert.equal(await store.hasUpload(uploadId(2)), false);
    },

  "SR-54: store forgets uploads that nobody went on with in their time, a part at a time": async (
    store,
  ) => {
    await people(store);
    for (const n of [1, 2, 3]) await open(store, n, { sizeBytes: 1 });
    await open(store, 2, { sizeBytes: 1, nowMs: START_MS + DAY_MS });
    const expire = (limit: number) => store.expireUploads({ beforeMs: START_MS + DAY_MS, limit });
    assert.deepEqual(await expire(1), [uploadId(1)]);
    assert.deepEqual(await expire(9), [uploadId(3)]);
    assert.deepEqual(await expire(9), []);
    assert.equal(await store.hasUpload(uploadId(2)), true);
  },

  "SR-53: an upload for a room is read by those who are in it when it begins, and by nobody else":
    async (
      store,
    ) => {
      const { alice, carol } = await openRoom(store);
      await join(store, "dave", 4);
      const inRoom = { reader: { room: 256 } };
      assert.deepEqual(await open(store, 1, inRoom), {
        result: "opened",
        removed: [],
        readers: ["bob"],
      });
      assert.deepEqual(await find(store, 1, "bob"), { sizeBytes: 400 });
      // Carol comes in later; dave never does; alice wrote it herself.
      const { account } = carol.member;
      const came = change(2, { entry: "carol came", admits: account });
      await store.commitToRoom({ ...commit(carol, 1, came), joins: true });
      for (const name of ["carol", "dave", "alice"]) {
        assert.equal(await find(store, 1, name), undefined, name);
      }
      assert.deepEqual(await open(store, 2, inRoom), {
        result: "opened",
        removed: [],
        readers: ["bob", "carol"],
      });
      // It is the room's for good, and only members send to a room.
      const refused = { name: "Refusal", code: "not-permitted" };
      await assert.rejects(open(store, 1), refused);
      await assert.rejects(open(store, 1, { reader: { room: 256 }, sender: "bob" }), refused);
      const outside = { result: "not-member" };
      assert.deepEqual(await open(store, 3, { ...inRoom, sender: "dave" }), outside);
      assert.deepEqual(await open(store, 3, { reader: { room: 255 } }), outside);
      assert.equal(await store.hasUpload(uploadId(3)), false);
      assert.equal(await release(store, 1, "carol"), "unknown");
      assert.equal(await release(store, 1, "dave"), "unknown");
      assert.equal(alice.member.account, "alice");
    },

  "who is to be removed from a room reads no upload of it any more, nor sends one": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const inRoom = { reader: { room: 256 } };
    await open(store, 1, inRoom);
    assert.equal((await open(store, 2, { ...inRoom, sender: "bob" })).result, "opened");
    const order = {
      conversation: ROOM,
      by: alice.member.account,
      account: bob.member.account,
      entry: utf8("bob goes"),
      version: 2,
    };
    assert.notEqual(await store.wantRemoval(order), "stale");
    assert.equal(await find(store, 1, "bob"), undefined);
    assert.deepEqual(await open(store, 2, { ...inRoom, sender: "bob" }), { result: "not-member" });
    assert.deepEqual(await open(store, 3, inRoom), {
      result: "opened",
      removed: [],
      readers: [],
    });
  },

  "row S0.37: an upload for a room is charged once, and stays until each of its readers is done or dropped":
    async (
      store,
    ) => {
      const { carol } = await openRoom(store);
      const came = change(2, { entry: "carol came", admits: carol.member.account });
      await store.commitToRoom({ ...commit(carol, 1, came), joins: true });
      const inRoom = { reader: { room: 256 }, sizeBytes: 1000 };
      assert.equal((await open(store, 1, inRoom)).result, "opened");
      assert.deepEqual(await open(store, 2, { sizeBytes: 1 }), { result: "quota-exceeded" });
      // One is done, which changes nothing for the other; the sender does not wait for that one.
      assert.equal(await release(store, 1, "bob", 399), "kept");
      assert.deepEqual(await find(store, 1, "carol"), { sizeBytes: 1000 });
      assert.deepEqual(await open(store, 2, { sizeBytes: 1 }), { result: "quota-exceeded" });
      const drop = (name: string, keepBytes: number) =>
        store.releaseUpload({
          upload: uploadId(1),
          account: accountId("alice"),
          reader: accountId(name),
          keepBytes,
        });
      assert.equal(await drop("dave", 1000), "kept");
      assert.equal(await drop("carol", 1000), "kept");
      // SR-63: it is sent to the room once more, and all of them are waited for again; then they are done again.
      assert.equal((await open(store, 1, inRoom)).result, "opened");
      assert.equal(await release(store, 1, "bob", 399), "kept");
      assert.deepEqual(await open(store, 2, { sizeBytes: 1 }), { result: "quota-exceeded" });
      assert.equal((await open(store, 1, inRoom)).result, "opened");
      assert.equal(await release(store, 1, "carol", 1000), "kept");
      // Bob has it and nobody waits: it makes room like any other.
      assert.deepEqual(await open(store, 3, { sizeBytes: 1 }), {
        result: "opened",
        removed: [uploadId(1)],
        readers: ["bob"],
      });
      assert.equal(await release(store, 3, "alice"), "removed");
      await open(store, 4, inRoom);
      assert.equal(await release(store, 4, "bob", 399), "kept");
      assert.equal(await release(store, 4, "carol", 399), "removed");
    },

  "what a deleted account has sent is the next to expire, and nothing more is sent to it": async (
    store,
  ) => {
    await people(store);
    await open(store, 1, { sizeBytes: 10 });
    await open(store, 2, { sender: "carol", sizeBytes: 10 });
    const gone = { account: accountId("alice"), nowMs: START_MS };
    assert.equal(await store.deleteAccount(gone), "deleted");
    assert.deepEqual(await store.expireUploads({ beforeMs: START_MS, limit: 10 }), [uploadId(1)]);
    assert.equal(await store.hasUpload(uploadId(2)), true);
    assert.deepEqual(await open(store, 3, { sender: "bob", reader: "alice" }), {
      result: "unknown-account",
    });
  },
};
