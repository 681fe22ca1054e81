/** Every write of the store changes the rows of those whom it names, and of nobody else. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { ConversationId } from "../../../lib/base/ids.ts";
import { runBatch } from "../../../lib/server/store/sqlite/batch.ts";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { openCore, type StoreCore } from "../../../lib/server/store/sqlite/core.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import {
  accountId,
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newAccount,
  newDevice,
  START_MS,
  temporaryDatabase,
  uploadId,
  Writer,
} from "./store_kit.ts";
import { change, newRoom } from "./store_rooms_kit.ts";
import { parseBroadcastId } from "../../../lib/base/ids.ts";

/** Sums over everybody, and the ids that SQLite has given out. */
const SHARED = ["upload_total", "sqlite_sequence", "doomed"];
const LATER_MS = START_MS + 60_000;
const UPLOADS = { bytes: 1000, uploads: 2, allBytes: 5000, firstBytes: 10 };
const LIMITS = { perDeviceBytes: 2 ** 30, perSenderBytes: 2 ** 30 };

/** Every row, by table. */
function rowsOf({ database }: StoreCore): Set<string> {
  const tables = database.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table'",
    (row) => row.text("name"),
  ).all().filter((name) => !SHARED.includes(name));
  return new Set(tables.flatMap((table) => {
    const columns = database.query(
      `SELECT group_concat('quote(' || name || ')', '||'', ''||') AS list
        FROM pragma_table_info('${table}')`,
      (row) => row.text("list"),
    ).first();
    const all = database.query(
      `SELECT ${columns} AS whole FROM ${table}`,
      (row) => row.text("whole"),
    );
    return all.all().map((whole) => `${table}: ${whole}`);
  }));
}

/** Two people and what they can have in a store; `at` keeps their ids apart from those of others. */
class People {
  readonly #store: Store;
  readonly #at: number;
  readonly names: readonly [string, string];
  one!: Writer;
  two!: Writer;
  readonly direct: ConversationId;
  readonly room: ConversationId;

  constructor(store: Store, names: readonly [string, string], at: number) {
    this.#store = store;
    this.names = names;
    this.#at = at;
    this.direct = conversationId(at + 1);
    this.room = conversationId(at + 2);
  }

  get token(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(32).fill(this.#at);
  }

  /** With something in every table. */
  async settle(): Promise<void> {
    const store = this.#store;
    const at = this.#at;
    await store.addToken({ hash: this.token, uses: 3, expiresMs: LATER_MS });
    await store.createAccount(newAccount(this.names[0], at + 1, this.token));
    const [first, second] = this.names.map(accountId);
    this.one = new Writer({ account: first, device: deviceId(at + 1) });
    this.two = new Writer(await join(store, this.names[1], at + 2));
    const { member } = this.one;
    await link(store, member, at + 3);
    await store.nameDevice({ device: member.device, name: utf8("sealed") });
    for (const [account, role] of [[first, "owner"], [second, "moderator"]] as const) {
      await store.grantRole({ by: "operator", account, role, nowMs: START_MS });
    }
    const kinds = ["mute", "kick"] as const;
    for (const kind of kinds) {
      const terms = { untilMs: LATER_MS, reason: "", nowMs: START_MS };
      await store.addSanction({ by: "operator", kind, account: second, ...terms });
    }
    // The kick ended its sessions.
    this.two.generation = 1;
    await this.#keep();
    await this.#converse();
  }

  async #keep(): Promise<void> {
    const store = this.#store;
    const at = this.#at;
    const { account, device } = this.one.member;
    const packages = [1, 2, 3].map((n) => new Uint8Array(n));
    for (const lastResort of [false, true]) {
      await store.publishKeyPackages({ device, packages, lastResort, nowMs: START_MS });
    }
    const token = { hash: this.token, createdMs: START_MS, expiresMs: LATER_MS };
    for (const own of [device, deviceId(at + 3)]) {
      await store.setBotToken({ account, device: own, scopes: ["send"], ...token });
    }
    for (const page of ["people", "read"] as const) {
      const kept = { version: "0".repeat(32), follows: undefined, body: utf8("sealed") };
      await store.writePage({ account, page, ...kept });
    }
    const id = parseBroadcastId(at.toString(16).padStart(32, "0"));
    assert(id !== undefined);
    await store.addBroadcast({ account, id, statement: utf8("hello"), nowMs: START_MS });
    await this.upload(2);
    await this.#store.releaseUpload({
      ...{ upload: uploadId(at + 2), account: accountId(this.names[1]), keepBytes: 1000 },
    });
    await this.upload(1);
  }

  async #converse(): Promise<void> {
    const { one, two, direct, room } = this;
    const store = this.#store;
    await store.openDirect(one.opening(direct, two.member));
    for (let epoch = 1; epoch < 6; epoch++) await store.commit(one.commit(direct, epoch));
    await store.append({ ...one.message(direct, 6), limits: LIMITS });
    await store.createRoom({
      ...newRoom(one.member, [two.member], room),
      numbers: [256 + this.#at],
    });
    const by = one.member.account;
    const guest = { conversation: room, by, entry: utf8("invited"), version: 1 };
    await store.inviteToRoom({ ...guest, account: two.member.account, expiresMs: LATER_MS });
    const { added: _added, welcome: _welcome, ...came } = two.commit(room, 0);
    const admits = two.member.account;
    await store.commitToRoom({
      ...{ ...came, joins: true, change: change(1, { entry: "came", admits }) },
    });
    await store.append({ ...one.message(room, 1), limits: LIMITS, counts: true });
    await store.wantRemoval({ ...guest, account: admits, version: 2 });
    const again = { ...guest, account: admits, version: 2, expiresMs: LATER_MS };
    assert.equal(await store.inviteToRoom(again), "invited");
  }

  async upload(n: number, nowMs = START_MS - this.#at): Promise<void> {
    const [sender, account] = this.names.map(accountId);
    await this.#store.openUpload({
      ...{ upload: uploadId(this.#at + n), sender, audience: { account } },
      ...{ sizeBytes: 100, limits: UPLOADS, nowMs },
    });
  }
}

/** What is done, one after the other, by two people who have everything too. */
const WRITES: Readonly<Record<string, (people: People, store: Store) => Promise<unknown>>> = {
  acknowledge: ({ two: { member: { device } }, direct }, store) =>
    store.acknowledge({ device, conversation: direct, seq: 3 }),
  append: ({ one, direct }, store) => store.append({ ...one.message(direct, 6), limits: LIMITS }),
  commit: ({ one, two, direct }, store) =>
    store.commit({ ...one.commit(direct, 6), removed: [two.member] }),
  "append to a room": ({ one, room }, store) =>
    store.append({ ...one.message(room, 1), limits: LIMITS, counts: true }),
  commitToRoom: ({ one, two, room }, store) => {
    const { added: _added, welcome: _welcome, ...commit } = one.commit(room, 1);
    const expels = two.member.account;
    return store.commitToRoom({
      ...commit,
      joins: false,
      change: change(2, { entry: "-", expels }),
    });
  },
  inviteToRoom: ({ one, two, room }, store) =>
    store.inviteToRoom({
      ...{ conversation: room, by: one.member.account, account: two.member.account },
      ...{ entry: utf8("again"), version: 3, expiresMs: LATER_MS },
    }),
  declineRoomInvitation: ({ two, room }, store) =>
    store.declineRoomInvitation({ conversation: room, account: two.member.account }),
  wantRemoval: ({ one, two, room }, store) =>
    store.wantRemoval({
      ...{ conversation: room, by: one.member.account, account: two.member.account },
      ...{ entry: utf8("out"), version: 3 },
    }),
  closeRoom: ({ one, room }, store) =>
    store.closeRoom({ conversation: room, account: one.member.account }),
  "openDirect in place of another": ({ one, two, direct }, store) =>
    store.openDirect({ ...one.opening(conversationId(99), two.member), replaces: direct }),
  takeKeyPackage: ({ one }, store) => store.takeKeyPackage(one.member.account),
  publishKeyPackages: ({ one: { member: { device } } }, store) =>
    store.publishKeyPackages({
      ...{ device, packages: Array(103).fill(new Uint8Array(5)), lastResort: true },
      nowMs: START_MS,
    }),
  writePage: ({ one: { member: { account } } }, store) =>
    store.writePage({
      ...{ account, page: "people", version: "1".repeat(32), follows: "0".repeat(32) },
      body: utf8("sealed again"),
    }),
  setBotToken: ({ one: { member: { account, device } } }, store) =>
    store.setBotToken({
      ...{ account, device, hash: new Uint8Array(32), scopes: ["send"], createdMs: 1 },
      expiresMs: LATER_MS,
    }),
  removeBotToken: ({ one: { member: { device } } }, store) => store.removeBotToken(device),
  "openUpload again": (people) => people.upload(1, LATER_MS),
  reserveUpload: (_, store) =>
    store.reserveUpload({ upload: uploadId(2), bytes: 20, limits: UPLOADS }),
  releaseUpload: ({ names: [, name] }, store) =>
    store.releaseUpload({ upload: uploadId(2), account: accountId(name), keepBytes: 1000 }),
  "openUpload in the place of another": (people) => people.upload(7),
  "releaseUpload for good": ({ names: [name] }, store) =>
    store.releaseUpload({ upload: uploadId(2), account: accountId(name), keepBytes: 0 }),
  grantRole: ({ two: { member: { account } } }, store) =>
    store.grantRole({ by: "operator", account, role: "owner", nowMs: START_MS }),
  "grantRole of none": ({ two: { member: { account } } }, store) =>
    store.grantRole({ by: "operator", account, role: "member", nowMs: START_MS }),
  addSanction: ({ two: { member: { account } } }, store) =>
    store.addSanction({
      ...{ by: "operator", kind: "kick", account, untilMs: undefined, reason: "again" },
      nowMs: START_MS,
    }),
  liftSanction: ({ two: { member: { account } } }, store) =>
    store.liftSanction({ by: "operator", kind: "kick", account, nowMs: START_MS }),
  "createAccount with a token": ({ token }, store) =>
    store.createAccount(newAccount("emil", 50, token)),
  "createAccount with its last use": ({ token }, store) =>
    store.createAccount(newAccount("fred", 51, token)),
  nameDevice: ({ two: { member: { device } } }, store) =>
    store.nameDevice({ device, name: utf8("other") }),
  setSignedIn: ({ one: { member } }, store) => store.setSignedIn({ ...member, signedIn: false }),
  enter: ({ one: { member }, names: [name] }, store) =>
    store.enter({ ...member, passwordRecord: `record of ${name}`, nowMs: LATER_MS }),
  replacePassword: ({ one: { member: { account, device: keepDevice } } }, store) =>
    store.replacePassword({ account, passwordRecord: "other", keepDevice }),
  removeDevices: ({ one: { member: { account } } }, store) =>
    store.removeDevices({
      ...{ account, devices: [deviceId(4)], revocation: utf8("list"), present: 0, sequence: 1 },
    }),
  replaceIdentity: ({ one: { member: { account } } }, store) =>
    store.replaceIdentity({
      ...{ account, identity: fingerprintOf(60), rosterEntry: utf8("-"), recoveryCopy: utf8("-") },
      ...{ rotation: utf8("-"), device: newDevice(60), nowMs: LATER_MS },
    }),
  deleteAccount: ({ two: { member: { account } } }, store) =>
    store.deleteAccount({ account, nowMs: LATER_MS }),
};

Deno.test("a write of the store changes nothing of anybody whom it does not name", async () => {
  await using file = await temporaryDatabase();
  const core = openCore(file.path);
  await using store = new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(core.database.close()),
  });
  const bystanders = new People(store, ["yves", "zoe"], 128);
  await bystanders.settle();
  const kept = rowsOf(core);
  const acting = new People(store, ["alice", "bob"], 1);
  await acting.settle();
  for (const [name, write] of Object.entries(WRITES)) {
    const before = rowsOf(core);
    await write(acting, store);
    const after = rowsOf(core);
    assert.notDeepEqual([...after], [...before], `${name} changes nothing`);
    assert.deepEqual([...kept].filter((row) => !after.has(row)), [], name);
  }
});
