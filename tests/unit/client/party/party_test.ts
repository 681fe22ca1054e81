/** The machine of a watch party, by its edges. */

import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type AccountId,
  type DeviceId,
  type PartyId,
  type Peer,
  roomHandle,
  type StreamId,
} from "../../../../lib/base/ids.ts";
import {
  believedPoint,
  believedStream,
  isRunning,
  type Party,
  PARTY_SILENCE_MS,
  type PartyMember,
  type PartyPoint,
  partyStep,
  type PartyWord,
  positionAt,
  successors,
} from "../../../../lib/client/party/party.ts";

const ROOM = roomHandle(7);
const START: PartyPoint = { positionMs: 0, atMs: 1_000, rate: 1, isPaused: false };

/** A party of alice's, who are told what others say. `who`: an account and its device, as `bob 1`. */
class Site {
  party: Party = {
    ...{
      id: "p" as PartyId,
      peer: ROOM,
      account: "alice" as AccountId,
      device: "alice 1" as DeviceId,
    },
    ...{ state: "open", revision: 0, point: START, heardMs: 1_000 },
    stream: undefined,
  };
  members: readonly PartyMember[] = [];

  say(
    who: string,
    said: PartyWord,
    { atMs = 2_000, peer = ROOM as Peer, isUnsent = false } = {},
  ): string {
    const [from, device] = [who.split(" ")[0] as AccountId, who as DeviceId];
    const by = { from, device, peer, atMs, isUnsent };
    const step = partyStep(this.party, this.members, { ...said, by });
    if (step === undefined) return "nothing";
    ({ party: this.party, members: this.members } = step);
    return step.news ?? "taken";
  }

  get watchers(): readonly string[] {
    return successors(this.members).map(({ device }) => device);
  }
}

const state = (revision: number, point: Partial<PartyPoint> = {}) =>
  ({ word: "state", revision, point: { ...START, ...point } }) as const;
const take = (revision: number, atMs: number) =>
  ({ word: "take", revision, point: { ...START, atMs } }) as const;

Deno.test("the host moves a party, and nobody else does", () => {
  const site = new Site();
  equal(site.say("bob 1", { word: "join" }), "joined");
  equal(site.say("alice 1", state(1, { positionMs: 5_000, isPaused: true })), "taken");
  deepEqual(site.party.point, { positionMs: 5_000, atMs: 1_000, rate: 1, isPaused: true });
  equal(site.party.heardMs, 2_000);
  for (const other of ["bob 1", "alice 2", "carl 1"]) equal(site.say(other, state(2)), "nothing");
  equal(site.say("alice 1", state(1)), "nothing", "an old state, or one that comes twice");
  equal(site.say("alice 1", state(2), { peer: roomHandle(8) }), "nothing", "in another room");
});

Deno.test("a party tells once of each account that joins, and that leaves by its last device", () => {
  const site = new Site();
  const said = [
    ["bob 1", "join"],
    ["bob 2", "join"],
    ["alice 1", "join"],
    ["bob 1", "leave"],
    ["bob 2", "leave"],
    ["carl 1", "leave"],
  ] as const;
  deepEqual(said.map(([who, word]) => site.say(who, { word })), [
    "joined",
    "taken",
    "nothing",
    "taken",
    "left",
    "nothing",
  ]);
});

Deno.test("the host ends a party for all, and no word comes after that", () => {
  const site = new Site();
  site.say("bob 1", { word: "join" });
  equal(site.say("bob 1", { word: "end" }), "nothing");
  equal(site.say("alice 1", { word: "end" }), "ended");
  equal(site.say("bob 1", { word: "join" }), "nothing");
  equal(isRunning(site.party, 2_000), false);
});

Deno.test("a host who leaves hands over to the same device everywhere; the last one ends it", () => {
  const [site, other] = [new Site(), new Site()];
  for (const who of ["carl 1", "bob 1"]) site.say(who, { word: "join" });
  for (const who of ["bob 1", "carl 1"]) other.say(who, { word: "join" });
  for (const one of [site, other]) {
    equal(one.say("alice 1", { word: "leave" }), "hosts");
    equal(one.party.device, "bob 1");
    deepEqual(one.watchers, ["carl 1"]);
    equal(one.say("bob 1", state(1)), "taken");
    equal(one.say("alice 1", state(2)), "nothing");
    equal(one.say("alice 1", { word: "join" }), "joined");
  }
  for (const who of ["bob 1", "alice 1"]) equal(site.say(who, { word: "leave" }), "hosts");
  equal(site.say("carl 1", { word: "leave" }), "ended");
});

Deno.test("one who watches takes the place of a host who is silent, no earlier, and nobody else does", () => {
  const site = new Site();
  site.say("bob 1", { word: "join" });
  const lateMs = 1_000 + PARTY_SILENCE_MS;
  equal(site.say("bob 1", take(1, lateMs), { atMs: lateMs }), "nothing");
  equal(site.say("carl 1", take(1, lateMs), { atMs: lateMs + 1 }), "nothing", "who is not in");
  equal(site.say("bob 1", take(1, 1_000), { atMs: lateMs + 1 }), "nothing", "an old one");
  equal(site.say("bob 1", take(1, lateMs), { atMs: lateMs + 1 }), "hosts");
  deepEqual([site.party.device, site.watchers], ["bob 1", []]);
  equal(site.say("alice 1", state(2), { atMs: lateMs + 2 }), "nothing");
});

Deno.test("a host whose words nobody has heard gives its place to who took it meanwhile", () => {
  const site = new Site();
  site.say("bob 1", { word: "join" });
  const lateMs = 1_000 + PARTY_SILENCE_MS + 1;
  equal(site.say("alice 1", state(1), { atMs: lateMs + 500, isUnsent: true }), "taken");
  equal(site.say("alice 1", state(2), { atMs: lateMs + 600, isUnsent: true }), "taken");
  equal(site.say("bob 1", take(1, lateMs), { atMs: lateMs }), "hosts");
  equal(site.party.device, "bob 1");
});

Deno.test("a point moves at its rate, stays while it is paused, and is never before the beginning", () => {
  const point = { positionMs: 10_000, atMs: 1_000, rate: 2, isPaused: false };
  equal(positionAt(point, 1_500), 11_000);
  equal(positionAt({ ...point, isPaused: true }, 9_000), 10_000);
  equal(positionAt({ ...point, positionMs: 0 }, 0), 0);
});

Deno.test("a host who lies about time or rate is believed within bounds", () => {
  const point = { ...START, atMs: 8e15, rate: 0 };
  deepEqual(believedPoint(point, 2_000), { ...START, atMs: 7_000, rate: 0.1 });
  equal(believedPoint({ ...START, rate: 1e6 }, 2_000).rate, 16);
  deepEqual(believedPoint(START, 2_000), START);
});

Deno.test("a host who says the greatest numbers there are leaves room for the host after", () => {
  const site = new Site();
  site.say("bob 1", { word: "join" });
  equal(site.say("alice 1", state(Number.MAX_SAFE_INTEGER)), "nothing");
  const far = state(1, { positionMs: Number.MAX_SAFE_INTEGER });
  equal(site.say("alice 1", far), "taken");
  equal(site.say("alice 1", { word: "leave" }), "hosts");
  const { revision, point } = site.party;
  const positionMs = positionAt(point, point.atMs + 10 * 60_000);
  ok(Number.isSafeInteger(positionMs) && Number.isSafeInteger(revision + 1));
  equal(site.say("bob 1", state(revision + 1)), "taken");
});

Deno.test("a party whose host shows a file of their own has no other host: it ends with the host", () => {
  const site = new Site();
  const stream = believedStream("f".repeat(32) as StreamId, 1_000, 2_000);
  site.party = { ...site.party, stream };
  equal(site.say("bob 1", { word: "join" }), "joined");
  const silentMs = 2_000 + PARTY_SILENCE_MS + 1;
  equal(site.say("bob 1", take(1, silentMs), { atMs: silentMs }), "nothing");
  equal(site.say("alice 1", { word: "leave" }), "ended");
  equal(site.party.state, "over");
});

Deno.test("the beginning of a host's stream is believed within five seconds of the server's time of its word", () => {
  const id = "f".repeat(32) as StreamId;
  const believed = (offMs: number) => believedStream(id, 60_000 + offMs, 60_000).atMs;
  deepEqual([-5_000, 5_000].map(believed), [55_000, 65_000]);
  deepEqual([-5_001, 5_001].map(believed), [undefined, undefined]);
});
