/** Watch parties between whole clients over a whole server: what each is told, and where each is at the same moment. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Peer } from "../../../lib/base/ids.ts";
import type { Link } from "../../../lib/client/link/link.ts";
import { Parties, WatchParty } from "../../../lib/client/party/parties.ts";
import { PARTY_SILENCE_MS, successors } from "../../../lib/client/party/party.ts";
import { PartyStore } from "../../../lib/client/party/party_store.ts";
import { SharedClock } from "../../../lib/client/party/shared_clock.ts";
import { enqueueControlMessage } from "../../../lib/client/sending/sender.ts";
import { draftMessage } from "../../../lib/client/store/drafts.ts";
import { PARTY_MESSAGES } from "../../../lib/protocol/peer/party.ts";
import { findInFolder } from "../../kit/canary.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";
import { exchange } from "../../kit/exchanging.ts";
import { found, lines, say, settle, town } from "../../kit/town.ts";

const start = ({ client }: TestClient, peer: Peer) =>
  new Parties(client).start(peer, "night-canary");
const join = ({ client }: TestClient, peer: Peer) => new Parties(client).join(peer);

/** Alice, bob and carol in a room, who are all there. */
async function openRoom() {
  const place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  await settle(alice, bob, carol);
  return { ...place, room, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

/** How far apart the positions of these are now. */
function spreadMs(parties: readonly WatchParty[], nowMs: number): number {
  const positions = parties.map((party) => party.positionAt(nowMs));
  return Math.max(...positions) - Math.min(...positions);
}

Deno.test("J6: a room watches together: who comes sees where it is, and pause, seek and speed are everybody's", async () => {
  await using place = await openRoom();
  const { alice, bob, carol, room, world } = place;
  const host = await start(alice, room);
  await settle(bob, carol);
  deepEqual(
    (await lines(bob, room)).at(-1),
    'alice started a watch party with "night-canary": /party join',
  );
  ok(
    await host.say({ positionMs: 0, localMs: world.clock.monotonicMs(), rate: 1, isPaused: false }),
  );
  await world.clock.advance(20_000);
  await settle(bob, carol);
  const [bobs, carols] = [await join(bob, room), await join(carol, room)];
  equal(bobs.video, "night-canary");
  await settle(alice, bob, carol);
  deepEqual(host.view.watchers.toSorted(), ["bob", "carol"]);
  const all = [host, bobs, carols];
  const now = () => world.clock.monotonicMs();
  ok(host.positionAt(now()) >= 20_000);
  ok(spreadMs(all, now()) < 5, `${spreadMs(all, now())} ms apart`);
  ok(await host.say({ positionMs: 60_000, localMs: now(), rate: 2, isPaused: false }));
  await settle(alice, bob, carol);
  const laterMs = now() + 1_000;
  ok(Math.abs(bobs.positionAt(laterMs) - 62_000) < 5);
  ok(spreadMs(all, laterMs) < 5);
  equal(await bobs.say({ positionMs: 0, localMs: now(), rate: 1, isPaused: true }), false);
  ok(await host.say({ positionMs: 61_000, localMs: now(), rate: 1, isPaused: true }));
  await settle(alice, bob, carol);
  deepEqual(all.map((party) => party.positionAt(now() + 9_000)), [61_000, 61_000, 61_000]);
  equal(await bobs.end(), false);
  ok(await host.end());
  await settle(alice, bob, carol);
  deepEqual(all.map(({ view }) => view.state), ["over", "over", "over"]);
  await rejects(() => join(carol, room), { code: "unknown-stream" });
});

Deno.test("a host who leaves a party hands it over, and one who is silent is replaced", async () => {
  await using place = await openRoom();
  const { alice, bob, carol, room, world } = place;
  const host = await start(alice, room);
  await settle(bob, carol);
  const [bobs, carols] = [await join(bob, room), await join(carol, room)];
  await settle(alice, bob, carol);
  await host.leave();
  await settle(alice, bob, carol);
  const hosts = [bobs, carols].filter(({ view }) => view.isHost);
  equal(hosts.length, 1);
  equal(bobs.view.account, carols.view.account);
  const [gone, other] = bobs.view.isHost ? [bobs, carols] : [carols, bobs];
  equal(gone.view.account, hosts[0].view.account);
  // Whoever is the host now says nothing any more.
  const stop = new AbortController();
  const kept = other.keep(stop.signal).catch(() => {});
  await world.clock.advance(PARTY_SILENCE_MS + 10_000);
  await settle(alice, bob, carol);
  ok(other.view.isHost);
  equal(gone.view.isHost, false);
  deepEqual(await lines(alice, room), [
    ...(await lines(alice, room)).slice(0, -1),
    `${other.view.account} hosts the watch party now`,
  ]);
  stop.abort();
  await kept;
});

Deno.test("all agree on one host after a silent one, though the clock of who takes the place is ahead", async () => {
  await using place = await openRoom();
  const { alice, bob, carol, room, world } = place;
  const host = await start(alice, room);
  await settle(bob, carol);
  const joined = [await join(bob, room), await join(carol, room)];
  await settle(alice, bob, carol);
  const nextDevice =
    successors(new PartyStore(bob.messenger.profile).members(host.view.id))[0].device;
  const next = [bob, carol].find(({ messenger }) => messenger.profile.own.device === nextDevice);
  ok(next);
  const ask = () => Promise.resolve({ fields: { atMs: world.clock.nowMs() + 200 } });
  // It answers all that is asked of it here.
  const shared = await SharedClock.measure({ ask } as unknown as Link, world.clock);
  const { view: { id }, video } = host;
  const early = new WatchParty(next.client, { id, peer: room, video, shared });
  const stop = new AbortController();
  const kept = early.keep(stop.signal).catch(() => {});
  // From its last word on it looks again after 8 s of the server's clock, by its own a bit more.
  await world.clock.advance(900);
  await host.say({ positionMs: 0, localMs: world.clock.monotonicMs(), rate: 1, isPaused: false });
  for (let passedMs = 0; passedMs < PARTY_SILENCE_MS + 5_000; passedMs += 1_000) {
    await world.clock.advance(1_000);
    for (const { client } of [alice, bob, carol]) await client.sync();
  }
  stop.abort();
  await kept;
  ok(early.view.isHost);
  deepEqual([host, ...joined].map(({ view }) => view.device), Array(3).fill(nextDevice));
});

Deno.test("a host who was away too long watches with the others when it is back, and does not host beside another", async () => {
  await using place = await openRoom();
  const { alice, bob, carol, room, world } = place;
  const host = await start(alice, room);
  await settle(bob, carol);
  const [bobs, carols] = [await join(bob, room), await join(carol, room)];
  await settle(alice, bob, carol);
  const stop = new AbortController();
  const keep = (party: WatchParty) => party.keep(stop.signal).catch(() => {});
  const kept = [keep(bobs), keep(carols)];
  const pass = async (forMs: number, ...there: TestClient[]) => {
    for (let passedMs = 0; passedMs < forMs; passedMs += 500) {
      await world.clock.advance(500);
      for (const { client } of there) await client.sync();
    }
  };
  await pass(PARTY_SILENCE_MS + 5_000, bob, carol);
  const { account } = bobs.view;
  ok(account !== "alice");
  equal(carols.view.account, account);
  ok(host.view.isHost, "nobody has told it yet");
  // A laptop that wakes up: it speaks before it listens.
  kept.push(keep(host));
  await world.clock.advance(1_001);
  const watchers = ["alice", "bob", "carol"].filter((one) => one !== account);
  const isJoined = ({ view }: WatchParty) => view.watchers.length === watchers.length;
  await pass(6_000, alice, bob, carol);
  // What a client says leaves in time of its own, which no clock of a test moves.
  for (let more = 0; more < 60 && ![host, bobs, carols].every(isJoined); more++) {
    await pass(1_000, alice, bob, carol);
  }
  stop.abort();
  await Promise.all(kept);
  deepEqual([host, bobs, carols].map(({ view }) => view.account), [account, account, account]);
  for (const { view } of [host, bobs, carols]) deepEqual(view.watchers.toSorted(), watchers);
});

Deno.test("what is said of a party while somebody is away means the same to them as to those who were there", async () => {
  await using place = await openRoom();
  const { alice, bob, carol, room, world } = place;
  for (const one of [bob, carol]) await one.disconnect();
  // While that is read, all the rest comes.
  await say(alice, room, "first");
  const host = await start(alice, room);
  await host.say({
    positionMs: 9_000,
    localMs: world.clock.monotonicMs(),
    rate: 1,
    isPaused: true,
  });
  await settle(await bob.connect());
  const bobs = await join(bob, room);
  equal(bobs.positionAt(world.clock.monotonicMs()), 9_000, "told in one go");
  await settle(alice);
  await host.end();
  await settle(await carol.connect());
  await rejects(() => join(carol, room), { code: "unknown-stream" });
  equal((await lines(carol, room)).at(-1), "alice ended the watch party");
});

Deno.test("SR-80: the video of a party stands sealed in the profile, and the server learns nothing of it", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  await start(alice, bob.account);
  await exchange(alice, bob);
  equal((await join(bob, alice.account)).video, "night-canary");
  for (const folder of [alice.keeper.folder, bob.folder, world.server.folder]) {
    deepEqual(findInFolder(folder, "night-canary"), [], folder);
  }
});

Deno.test("a malformed word of a party is refused, and what is no device's to say means nothing", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const host = await start(alice, bob.account);
  await exchange(alice, bob);
  const party = await join(bob, alice.account);
  await exchange(alice, bob);
  const { id } = host.view;
  const point = { positionMs: 9_000, atMs: 1_000, rate: 1_000, paused: true };
  const state = (fields: object) =>
    draftMessage(PARTY_MESSAGES["party.state"], { party: id, revision: 9, point, ...fields });
  await enqueueControlMessage(bob.messenger, alice.account, state({}));
  await enqueueControlMessage(bob.messenger, alice.account, state({ revision: -1 }));
  await exchange(alice, bob);
  equal(host.view.revision, 0, "bob is not the host");
  equal((await alice.notices()).at(-1), "unreadable");
  ok(host.view.isHost && !party.view.isHost);
});
