/** Rooms over the wire: the server refuses what the membership log does not allow, and tells those whom it concerns. */

import assert from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import { type ConversationId, newConversationId, newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { fingerprint } from "../../../lib/base/ids.ts";
import {
  applyEntry,
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  roomGroupId,
} from "../../../lib/crypto/room/membership_log.ts";
import { CertificateVerifier } from "../../../lib/crypto/mls/certificates.ts";
import { makeEntry, verifyEntry } from "../../../lib/crypto/room/entry.ts";
import { type EntryFacts } from "../../../lib/crypto/room/entry_layouts.ts";
import { joinSections, splitSections } from "../../../lib/protocol/sections.ts";
import { type RawAccount, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { invitationOf, membershipLogOf, newNonce, removalOf, rolesOn } from "../../kit/rooms.ts";
import { TestServer } from "../../kit/test_server.ts";

/** One device that speaks rooms by hand, with the membership log as it knows it. */
class Guest {
  readonly account: RawAccount;
  readonly client: RawClient;
  readonly #server: TestServer;
  #number = 0;

  constructor(server: TestServer, account: RawAccount, client: RawClient) {
    this.#server = server;
    this.account = account;
    this.client = client;
  }

  static async open(server: TestServer, name: string, which: number): Promise<Guest> {
    const account = await registered(server, name, { which });
    return new Guest(server, account, await ready(server, account));
  }

  async sign(facts: EntryFacts): Promise<Bytes> {
    const { person: { accountId }, device } = this.account;
    return await makeEntry(facts, {
      serverId: this.#server.parts.identity.serverId,
      account: accountId,
      certificateHash: await fingerprint(device.certificate),
      statementPrivateKey: device.keys.statement.privateKey,
    });
  }

  commitFields(conversation: ConversationId, at: { epoch: number; version: number }, entry: Bytes) {
    const { sizes, payload } = joinSections([utf8("commit"), utf8("group info"), entry]);
    const fields = {
      conversation,
      envelope: newEnvelopeId(systemRandom),
      number: ++this.#number,
      ...at,
      joins: false,
      removed: [] as { account: string; device: string }[],
      sizes,
    };
    return { fields, payload };
  }
}

/** Alice's room on a server, and those who want in. */
class House {
  readonly server: TestServer;
  readonly alice: Guest;
  readonly bob: Guest;
  readonly carol: Guest;
  conversation!: ConversationId;
  room = 0;
  membershipLog!: MembershipLog;

  constructor(server: TestServer, guests: readonly Guest[]) {
    this.server = server;
    [this.alice, this.bob, this.carol] = guests;
  }

  static async open(server: TestServer): Promise<House> {
    const names = ["alice", "bob", "carol"];
    const house = new House(
      server,
      await Promise.all(names.map((name, i) => Guest.open(server, name, i))),
    );
    const { alice } = house;
    const nonce = newNonce();
    const entry = await alice.sign(foundingRoles(nonce, alice.account.person.accountId));
    house.conversation = roomGroupId(nonce, await fingerprint(entry));
    const { sizes, payload } = joinSections([utf8("group info"), entry]);
    const fields = { conversation: house.conversation, members: ["bob"], forceNew: false, sizes };
    const created = await alice.client.get("room.create", fields, payload);
    assert.equal(created.created, true);
    house.room = Number(created.room);
    house.membershipLog = membershipLogOf(
      await createMembershipLog(house.conversation, await house.verify(entry)),
    );
    return house;
  }

  async verify(entry: Bytes) {
    const found = await Promise.all(
      [this.alice, this.bob, this.carol].map(async ({ account: { device: { certificate } } }) =>
        [await fingerprint(certificate), certificate] as const
      ),
    );
    const certificates = new Map(found);
    const verifier = new CertificateVerifier(this.server.parts.identity.serverId, {
      find: (hash) => certificates.get(hash),
    });
    const read = await verifyEntry(entry, verifier);
    if (read.kind !== "verified") throw new Error(JSON.stringify(read));
    return read.entry;
  }

  async note(entry: Bytes): Promise<void> {
    this.membershipLog = membershipLogOf(
      await applyEntry(this.membershipLog, await this.verify(entry)),
    );
  }

  /** Bob comes in by an invitation of alice. */
  async bringIn(guest: Guest): Promise<void> {
    const { conversation } = this;
    const entry = await this.alice.sign(invitationOf(this.membershipLog, guest.account.person));
    await this.alice.client.get("room.invite", { conversation }, entry);
    const { header } = await guest.client.next("room.news");
    assert.deepEqual([header.news, header.room], ["invited", this.room]);
    const invitation = await guest.client.ask("room.invitation", { conversation });
    assert.deepEqual(invitation.payload.slice(), entry);
    const at = { epoch: this.epoch, version: this.membershipLog.version };
    const { fields, payload } = guest.commitFields(conversation, at, entry);
    const answer = await guest.client.get("room.commit", { ...fields, joins: true }, payload);
    assert.equal(answer.accepted, true);
    await this.note(entry);
    this.epoch++;
  }

  epoch = 0;
}

Deno.test("a room over the wire: founded, invited, entered, and listed with its number", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  await house.bringIn(house.bob);
  const { conversation, room } = house;
  for (const guest of [house.alice, house.bob]) {
    const { rooms } = await guest.client.get("room.list");
    assert.deepEqual(rooms, [{
      room,
      conversation,
      epoch: 1,
      version: 2,
      standing: "member",
      member: true,
      wanted: false,
      declined: false,
      kicked: false,
    }]);
  }
  const { header, payload } = await house.bob.client.ask("room.entries", {
    conversation,
    after: 0,
  });
  const entries = splitSections(payload, header.sizes as number[]);
  let membershipLog = membershipLogOf(
    await createMembershipLog(conversation, await house.verify(entries[0])),
  );
  membershipLog = membershipLogOf(await applyEntry(membershipLog, await house.verify(entries[1])));
  assert.deepEqual(membershipLog, house.membershipLog);
});

Deno.test("S3.33: a stranger learns whether a room is there, and nothing else of it", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  const { conversation, room, carol: { client } } = house;
  assert.deepEqual((await client.get("room.find", { room })).exists, true);
  assert.deepEqual((await client.get("room.find", { room: room + 1 })).exists, false);
  assert.deepEqual((await client.get("room.list")).rooms, []);
  for (const kind of ["room.wanted", "room.close", "room.decline"]) {
    assert.equal(await client.refused(kind, { conversation }), "not-member");
  }
  assert.equal(await client.refused("room.entries", { conversation, after: 0 }), "not-member");
  assert.equal(await client.refused("room.invitation", { conversation }), "unknown-room");
  assert.equal(await client.refused("relay.group", { conversation }), "unknown-conversation");
});

Deno.test("SR-32: the server founds no room whose id is not of its first entry", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  const { alice, bob } = house;
  const nonce = newNonce();
  const found = async (by: Guest, entry: Bytes, conversation: ConversationId) => {
    const { sizes, payload } = joinSections([utf8("group info"), entry]);
    const fields = { conversation, members: [], forceNew: false, sizes };
    return await by.client.refused("room.create", fields, payload);
  };
  const entry = await alice.sign(foundingRoles(nonce, alice.account.person.accountId));
  const id = roomGroupId(nonce, await fingerprint(entry));
  assert.equal(
    await found(alice, entry, roomGroupId(newNonce(), await fingerprint(entry))),
    "not-allowed",
  );
  assert.equal(await found(bob, entry, id), "not-allowed");
  const changed = entry.slice();
  changed[changed.length - 1] ^= 1;
  assert.equal(await found(alice, changed, id), "not-allowed");
});

Deno.test("SR-33: the server takes no invitation or commit that the charter does not allow", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  await house.bringIn(house.bob);
  const { conversation, alice, bob, carol } = house;
  const byBob = await bob.sign(invitationOf(house.membershipLog, carol.account.person));
  assert.equal(await bob.client.refused("room.invite", { conversation }, byBob), "not-allowed");
  const byAlice = await alice.sign(invitationOf(house.membershipLog, carol.account.person));
  assert.equal(await bob.client.refused("room.invite", { conversation }, byAlice), "not-allowed");
  const at = { epoch: house.epoch, version: house.membershipLog.version };
  const { fields, payload } = carol.commitFields(conversation, at, byAlice);
  const joining = { ...fields, joins: true };
  assert.equal(await carol.client.refused("room.commit", joining, payload), "not-member");
  await alice.client.get("room.invite", { conversation }, byAlice);
  const without = carol.commitFields(conversation, at, new Uint8Array(0));
  assert.equal(
    await carol.client.refused("room.commit", { ...without.fields, joins: true }, without.payload),
    "not-member",
  );
  // An invitation is entered by whom it is for, not by a member on the way.
  const third = bob.commitFields(conversation, at, byAlice);
  assert.equal(await bob.client.refused("room.commit", third.fields, third.payload), "not-allowed");
});

Deno.test("SR-34: a removal is asked for by who may, ends delivery, and is committed by anybody", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  await house.bringIn(house.bob);
  await house.bringIn(house.carol);
  const { conversation, room, alice, bob, carol } = house;
  const byBob = await bob.sign(removalOf(house.membershipLog, carol.account.person));
  assert.equal(await bob.client.refused("room.remove", { conversation }, byBob), "not-allowed");
  const order = await alice.sign(removalOf(house.membershipLog, carol.account.person));
  await alice.client.get("room.remove", { conversation }, order);
  const told = await bob.client.next("room.news");
  assert.deepEqual([told.header.news, told.header.room], ["wanted", room]);
  assert.equal((await carol.client.next("room.news")).header.news, "removed");
  assert.deepEqual((await carol.client.get("room.list")).rooms, []);
  const wanted = await bob.client.ask("room.wanted", { conversation });
  const [entry] = splitSections(wanted.payload, wanted.header.sizes as number[]);
  assert.deepEqual(entry.slice(), order);
  const at = { epoch: house.epoch, version: house.membershipLog.version };
  const { fields, payload } = bob.commitFields(conversation, at, order);
  const device = { account: "carol", device: carol.account.device.id };
  const other = { account: "alice", device: alice.account.device.id };
  const wrong = { ...fields, removed: [device, other] };
  assert.equal(await bob.client.refused("room.commit", wrong, payload), "not-allowed");
  const done = await bob.client.get("room.commit", { ...fields, removed: [device] }, payload);
  assert.deepEqual([done.accepted, done.version], [true, 4]);
  assert.equal((await alice.client.get("room.list")).rooms instanceof Array, true);
});

Deno.test("SR-32: roles are committed by the owner who signed them, at the version that they follow", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  await house.bringIn(house.bob);
  const { conversation, alice, bob } = house;
  const names = [alice, bob].map(({ account }) => account.person.accountId);
  const roles = rolesOn(house.membershipLog, { owners: [names[0]], moderators: [names[1]] });
  const entry = await alice.sign(roles);
  const at = { epoch: house.epoch, version: house.membershipLog.version };
  const byBob = bob.commitFields(conversation, at, entry);
  assert.equal(await bob.client.refused("room.commit", byBob.fields, byBob.payload), "not-allowed");
  const old = alice.commitFields(conversation, { ...at, version: at.version - 1 }, entry);
  assert.equal((await alice.client.get("room.commit", old.fields, old.payload)).accepted, false);
  const now = alice.commitFields(conversation, at, entry);
  const first = await alice.client.get("room.commit", now.fields, now.payload);
  assert.equal(first.accepted, true);
  // Its answer was lost, and the membership log has moved on by it.
  const again = await alice.client.get("room.commit", now.fields, now.payload);
  assert.deepEqual({ ...again, request: 0 }, { ...first, request: 0 });
  assert.equal((await alice.client.get("room.commit", old.fields, old.payload)).accepted, false);
});

Deno.test("SR-35: rooms, invitations and commits of one account have a rate", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  const { alice, conversation } = house;
  /** How many go through before the server says that it is too often. */
  const countUntilLimited = async (ask: () => Promise<{ header: Record<string, unknown> }>) => {
    for (let count = 0; count < 1_000; count++) {
      const { header } = await ask();
      if (header.code !== "rate-limited") continue;
      assert(Number(header.retryAfterSeconds) > 0);
      return count;
    }
    throw new Error("there is no limit");
  };
  const order = await alice.sign(removalOf(house.membershipLog, alice.account.person));
  const orders = await countUntilLimited(() =>
    alice.client.ask("room.remove", { conversation }, order)
  );
  assert.equal(orders, 600);
  const stale = { epoch: 7, version: house.membershipLog.version };
  const commits = await countUntilLimited(() => {
    const { fields, payload } = alice.commitFields(conversation, stale, new Uint8Array(0));
    return alice.client.ask("room.commit", fields, payload);
  });
  // Founding it was the first.
  assert.equal(commits, 119);
  const { sizes, payload } = joinSections([utf8("group info"), utf8("no entry")]);
  const rooms = await countUntilLimited(() =>
    alice.client.ask("room.create", {
      conversation: newConversationId(systemRandom),
      members: [],
      forceNew: false,
      sizes,
    }, payload)
  );
  assert.equal(rooms, 19);
  // It comes back with time, and others have a rate of their own.
  await server.clock.advance(6_000);
  const { fields, payload: body } = alice.commitFields(conversation, stale, new Uint8Array(0));
  assert.equal((await alice.client.get("room.commit", fields, body)).accepted, false);
});

Deno.test("an invitation that was turned down is of no use, and those in charge are told", async () => {
  await using server = await TestServer.open();
  const house = await House.open(server);
  await house.bringIn(house.bob);
  const { conversation, room, alice, bob, carol } = house;
  const entry = await alice.sign(invitationOf(house.membershipLog, carol.account.person));
  await alice.client.get("room.invite", { conversation }, entry);
  await carol.client.get("room.decline", { conversation });
  const told = await alice.client.next("room.news");
  assert.deepEqual([told.header.news, told.header.room], ["declined", room]);
  assert.deepEqual((await carol.client.get("room.list")).rooms, []);
  const at = { epoch: house.epoch, version: house.membershipLog.version };
  const { fields, payload } = carol.commitFields(conversation, at, entry);
  const joining = { ...fields, joins: true };
  assert.equal(await carol.client.refused("room.commit", joining, payload), "not-member");
  const { header, payload: entries } = await bob.client.ask("room.guests", { conversation });
  assert.deepEqual(
    (header.guests as { account: string; declined: boolean }[])
      .map(({ account, declined }) => ({ account, declined })),
    [
      { account: "carol", declined: true },
    ],
  );
  assert.deepEqual(splitSections(entries, header.sizes as number[]).map((it) => it.slice()), [
    entry,
  ]);
  assert.equal(await carol.client.refused("room.guests", { conversation }), "not-member");
});
