import assert from "node:assert/strict";
import { newConversationId, newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { ROSTER_CHANGES } from "../../../lib/protocol/hop/roster.ts";
import { Presence } from "../../../lib/server/presence/presence.ts";
import type { Session } from "../../../lib/server/sessions/session.ts";
import { type Packet, PacketDecoder } from "../../../lib/protocol/packet.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import type { AccountId, AccountName, Fingerprint } from "../../../lib/base/ids.ts";
import { FakeClock } from "../../kit/clock.ts";
import { type RawAccount, ready, registered } from "../../kit/raw_account.ts";
import { open, RawMember } from "../../kit/raw_conversation.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

interface Change {
  readonly account: string;
  readonly change: string;
}

/** What a client was told until now, as `account change`. */
function told(client: { waiting: Packet[] }): string[] {
  return client.waiting.splice(0)
    .filter(({ header }) => header.kind === "roster.change")
    .flatMap(({ header }) => header.changes as Change[])
    .map(({ account, change }) => `${account} ${change}`);
}

/** A session that only keeps what is pushed to it. */
class Listener {
  readonly waiting: Packet[] = [];
  readonly session: Session;

  constructor() {
    const connection = {
      send: (packet: Uint8Array) => {
        const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
        decoder.push(packet);
        const decoded = decoder.next();
        if (decoded) this.waiting.push(decoded);
        return true;
      },
    };
    this.session = { connection } as unknown as Session;
  }
}

const IDENTITY = "a".repeat(64) as Fingerprint;

function person(name: string, peers: readonly string[] = []) {
  return {
    name: name as AccountName,
    identity: IDENTITY,
    peers: new Set(peers as AccountId[]),
  };
}

Deno.test("changes of 250 ms are told together, to everyone who is signed in", async () => {
  await using server = await TestServer.open();
  const alice = await ready(server, await registered(server, "alice"));
  await server.clock.advance(250);
  told(alice);
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const carol = await ready(server, await registered(server, "carol", { which: 2 }));
  await server.clock.advance(249);
  assert.deepEqual(told(alice), []);
  await server.clock.advance(1);
  const news = ["bob registered", "bob online", "carol registered", "carol online"];
  assert.deepEqual(told(alice), news);
  assert.deepEqual(told(bob), news);
  await carol.close();
  await bob.close();
  await server.clock.advance(250);
  assert.deepEqual(told(alice).sort(), ["bob offline", "carol offline"]);
});

Deno.test("an account with several connections comes once and goes with the last one", async () => {
  await using server = await TestServer.open();
  const alice = await ready(server, await registered(server, "alice"));
  const account = await registered(server, "bob", { which: 1 });
  const bobs = [await ready(server, account), await ready(server, account)];
  await server.clock.advance(250);
  assert.deepEqual(told(alice).filter((line) => line === "bob online").length, 1);
  const closeOne = async (client: RawClient) => {
    await client.close();
    await server.clock.advance(250);
  };
  await closeOne(bobs[0]);
  assert.deepEqual(told(alice), []);
  await closeOne(bobs[1]);
  assert.deepEqual(told(alice), ["bob offline"]);
});

Deno.test("coming and going within an interval tells the last state", async () => {
  const clock = new FakeClock();
  const presence = new Presence(clock);
  const [alice, bob] = [new Listener(), new Listener()];
  presence.join(alice.session, "alice" as AccountId, person("alice"));
  presence.join(bob.session, "bob" as AccountId, person("bob"));
  presence.leave(bob.session, "bob" as AccountId);
  await clock.advance(250);
  assert.deepEqual(told(alice), ["alice online", "bob offline"]);
  assert.equal(clock.pendingTimers, 0);
});

Deno.test("above 500 online a change is told to those who share a conversation, and to nobody else", async () => {
  const clock = new FakeClock();
  const presence = new Presence(clock);
  const friend = new Listener();
  const stranger = new Listener();
  presence.join(friend.session, "friend" as AccountId, person("friend", ["bob"]));
  presence.join(stranger.session, "stranger" as AccountId, person("stranger"));
  for (let i = 0; i < 498; i++) {
    presence.join(new Listener().session, `x${i}` as AccountId, person(`x${i}`));
  }
  await clock.advance(250);
  const everyone = told(stranger);
  assert.equal(everyone.length, 500, "exactly 500 are still told of each other");
  told(friend);
  const bob = new Listener();
  presence.join(bob.session, "bob" as AccountId, person("bob", ["friend"]));
  await clock.advance(250);
  assert.deepEqual(told(friend), ["bob online"]);
  assert.deepEqual(told(stranger), []);
  assert.deepEqual(told(bob), ["bob online"]);
  presence.meet("bob" as AccountId, "stranger" as AccountId);
  presence.join(new Listener().session, "bob2" as AccountId, person("bob2"));
  presence.leave(bob.session, "bob" as AccountId);
  await clock.advance(250);
  assert.deepEqual(told(stranger), ["bob offline"]);
});

Deno.test("hundreds of changes with the longest names travel in packets that a header holds", async () => {
  const clock = new FakeClock();
  const presence = new Presence(clock);
  const listener = new Listener();
  presence.join(listener.session, "me" as AccountId, person("me"));
  await clock.advance(250);
  listener.waiting.length = 0;
  for (let i = 0; i < 400; i++) {
    const name = String.fromCodePoint(0x20000 + i).repeat(90);
    presence.announce(name as AccountId, person(name), "registered");
  }
  await clock.advance(250);
  assert.equal(listener.waiting.length, Math.ceil(400 / ROSTER_CHANGES));
  assert.equal(told(listener).length, 400);
});

Deno.test("5,000 sign-ins in a row are told in time that grows with their number", async () => {
  const clock = new FakeClock();
  const presence = new Presence(clock);
  let sent = 0;
  const session = () => ({ connection: { send: () => ++sent } }) as unknown as Session;
  for (let i = 0; i < 5000; i++) {
    presence.join(session(), `x${i}` as AccountId, person(`x${i}`, [`x${i - 1}`]));
    if (i % 100 === 99) await clock.advance(250);
  }
  assert.equal(presence.onlineCount, 5000);
  // Up to 500 in two packets of a hundred changes each, afterwards one's own and the one before.
  assert.ok(sent < 20_000, `${sent} packets`);
});

Deno.test("the roster is paged, with those online alone when asked", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "alice");
  const client = await ready(server, account);
  const { store } = server.parts;
  for (let i = 0; i < 130; i++) {
    const name = `m${String(i).padStart(3, "0")}`;
    await store.createAccount({
      account: name as AccountId,
      name: name as AccountName,
      skeleton: name,
      identity: IDENTITY,
      rosterEntry: new Uint8Array(1),
      recoveryCopy: new Uint8Array(1),
      passwordRecord: "",
      firstDevice: {
        device: `${i}`.padStart(32, "0") as never,
        certificate: new Uint8Array(1),
        certificateHash: `${i}`.padStart(64, "0") as never,
      },
      nowMs: 0,
    });
  }
  const list = async (onlineOnly: boolean) => {
    const names: string[] = [];
    for (let more = true; more;) {
      const after = names.length === 0 ? {} : { after: names[names.length - 1] };
      const page = await client.get("roster.page", { ...after, onlineOnly });
      const entries = page.entries as { account: string; online: boolean }[];
      assert.ok(!onlineOnly || entries.every(({ online }) => online));
      names.push(...entries.map(({ account }) => account));
      more = page.more === true;
    }
    return names;
  };
  const all = await list(false);
  assert.equal(all.length, 131);
  assert.equal(new Set(all).size, 131);
  assert.deepEqual(await list(true), ["alice"]);
});

Deno.test("two accounts that open a conversation are told of each other on a crowded server", async () => {
  await using server = await TestServer.open();
  const accounts = [
    await registered(server, "alice"),
    await registered(server, "bob", { which: 1 }),
  ];
  const [alice, bob] = await Promise.all(
    accounts.map(async (account) => new RawMember(account, await ready(server, account))),
  );
  await open(alice, bob.account, newConversationId(systemRandom));
  for (let i = 0; i < 600; i++) {
    server.parts.presence.join(new Listener().session, `x${i}` as AccountId, person(`x${i}`));
  }
  await server.clock.advance(250);
  told(alice.client);
  await bob.client.close();
  await server.clock.advance(250);
  assert.deepEqual(told(alice.client), ["bob offline"]);
});

Deno.test("above 500 online a change is told to room mates too, from when they come in", async () => {
  await using server = await TestServer.open();
  const { parts } = server;
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((name, which) => registered(server, name, { which })),
  );
  const watcher = await ready(server, alice);
  const stranger = await ready(server, carol);
  for (let i = 0; i < 500; i++) {
    parts.presence.join(new Listener().session, `x${i}` as AccountId, person(`x${i}`));
  }
  await foundRoomOf(server, alice, bob);
  await server.clock.advance(250);
  told(watcher);
  told(stranger);
  // As the account stands in the store at its sign-in.
  const back = await ready(server, bob);
  await server.clock.advance(250);
  assert.deepEqual(told(watcher), ["bob online"]);
  assert.deepEqual(told(stranger), []);
  await back.close();
  await server.clock.advance(250);
  assert.deepEqual(told(watcher), ["bob offline"]);
});

Deno.test("5,000 sign-ins in a row: what is told grows with the acquaintances, not with the square", async () => {
  const clock = new FakeClock();
  const presence = new Presence(clock);
  let packets = 0;
  let changes = 0;
  const connection = {
    send: (packet: Uint8Array) => {
      packets++;
      const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
      decoder.push(packet);
      changes += (decoder.next()?.header.changes as unknown[]).length;
      return true;
    },
  };
  const count = 5_000;
  const nameOf = (i: number) => `p${(i + count) % count}`;
  const crowdOf = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const session = { connection } as unknown as Session;
      const peers = [nameOf(i - 1), nameOf(i + 1)];
      presence.join(session, nameOf(i) as AccountId, person(nameOf(i), peers));
    }
  };
  crowdOf(0, 500);
  await clock.advance(250);
  // Up to here everyone is told of everyone.
  assert.equal(changes, 500 * 500);
  [packets, changes] = [0, 0];
  for (let from = 500; from < count; from += 50) {
    crowdOf(from, from + 50);
    await clock.advance(250);
  }
  // Each arrival is told to itself and to its two neighbours, if they are there.
  const arrivals = count - 500;
  assert(changes <= 3 * arrivals, `${changes} changes`);
  assert(packets <= 3 * arrivals, `${packets} packets`);
  // A page is found without looking at those before it.
  const last = presence.page({ after: nameOf(998) as AccountId, limit: 3 });
  assert.deepEqual(last.map(({ account }) => account), ["p999"]);
  assert.equal(clock.pendingTimers, 0);
});

/** A room of alice and bob in the store; whether its entries are right is judged elsewhere. */
async function foundRoomOf(server: TestServer, alice: RawAccount, bob: RawAccount): Promise<void> {
  const { store } = server.parts;
  const conversation = newConversationId(systemRandom);
  const nowMs = server.clock.nowMs();
  const bytes = new Uint8Array(1);
  const idOf = ({ person: { accountId }, device }: RawAccount) => {
    return { account: accountId, device: device.id };
  };
  const members = [idOf(bob).account];
  const common = { conversation, generation: 0, nowMs, groupInfo: bytes };
  await store.createRoom({
    ...common,
    ...idOf(alice),
    numbers: [256],
    members,
    forceNew: false,
    replaces: undefined,
    entry: bytes,
  });
  const [account] = members;
  await store.inviteToRoom({
    conversation,
    by: idOf(alice).account,
    account,
    entry: bytes,
    version: 1,
    expiresMs: nowMs + 1,
  });
  const committed = await store.commitToRoom({
    ...common,
    ...idOf(bob),
    envelope: newEnvelopeId(systemRandom),
    number: 1,
    epoch: 0,
    joins: true,
    removed: [],
    body: bytes,
    change: { version: 1, entry: bytes, admits: account, expels: undefined },
  });
  assert.equal(committed.result, "committed");
}
