/**
 * A video that is watched together, as a pure machine: who watches, who is the host, and where it is. All devices hear the same
 * words in the server's order, so all come to the same host without asking each other.
 */

import type { AccountId, DeviceId, PartyId, Peer, StreamId } from "../../base/ids.ts";
import { PARTY_RATES } from "../../protocol/peer/party.ts";
import { stepOf } from "../activities/activity.ts";

/** Where playback is: `positionMs` at `atMs` of the server's clock, and from then on by `rate` unless it is paused. */
export interface PartyPoint {
  readonly positionMs: number;
  readonly atMs: number;
  /** 1 is the video's own pace. */
  readonly rate: number;
  readonly isPaused: boolean;
}

/** A party as this profile knows it. `account` and `device` are the host. */
export interface Party {
  readonly id: PartyId;
  readonly peer: Peer;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly state: "open" | "over";
  /** Of the point: a greater one replaces it. */
  readonly revision: number;
  readonly point: PartyPoint;
  /** When the host said something last, by the server's clock. */
  readonly heardMs: number;
  /** Where the pictures come from, when not from the library: then nobody else can be the host. */
  readonly stream: PartyStream | undefined;
}

/** A file of the host's own, streamed to who watches. */
export interface PartyStream {
  readonly id: StreamId;
  /** When time 0 of it is shown, by the server's clock; undefined where the host lied about that. */
  readonly atMs: number | undefined;
}

/** A device that watches, or did. The host is none of them. */
export interface PartyMember {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly state: "accepted" | "left";
}

/** What somebody says of it. */
export type PartyWord =
  | { readonly word: "state" | "take"; readonly revision: number; readonly point: PartyPoint }
  | { readonly word: "join" | "leave" | "end" };

/** Who says it, and when by the server's clock. */
export interface PartySpeaker {
  readonly from: AccountId;
  readonly device: DeviceId;
  readonly peer: Peer;
  readonly atMs: number;
  /** An own word, before the server has it: nobody has heard it, and others may have been first. */
  readonly isUnsent?: boolean;
}

/** What it comes to. */
export interface PartyStep {
  readonly party: Party;
  readonly members: readonly PartyMember[];
  /** What people are told: nothing of a change of place. */
  readonly news: "joined" | "left" | "hosts" | "ended" | undefined;
}

/** How often the host says where it is, changed or not: a word of 1 KB to each device. */
export const PARTY_BEAT_MS = 3_000;
/** Silent for so long the host is gone: two words and a slow line. Nobody can pause meanwhile. */
export const PARTY_SILENCE_MS = 8_000;
/** Silent for so long nobody watches any more. */
const PARTY_FORGOTTEN_MS = 10 * 60_000;
/** A point that is dated further ahead is a lie, or a clock that is wrong: it holds from when it came. */
const MOST_AHEAD_MS = 5_000;
/** The clock of a host who begins a stream is further off than a word takes: what it says of time is not believed. */
const MOST_OFF_MS = 5_000;
/** No video is longer: 100 hours. What goes on from there stays a number that can be said. */
const LATEST_POSITION_MS = 100 * 3_600_000;
/** No word is so far behind the one before it: each host after has room to count on. */
const REVISION_STEP_MAX = 1_000_000;

/** Undefined for what means nothing: it is over, of another conversation, or not for this device to say. */
export function partyStep(
  party: Party,
  members: readonly PartyMember[],
  { by, ...said }: PartyWord & { readonly by: PartySpeaker },
): PartyStep | undefined {
  if (party.state === "over" || party.peer !== by.peer) return undefined;
  const isHost = party.account === by.from && party.device === by.device;
  switch (said.word) {
    case "state":
      if (!isHost || !isNext(party, said)) return undefined;
      return { party: moved(party, said, by), members, news: undefined };
    case "take":
      return isHost ? undefined : taken(party, members, { ...said, by });
    case "end":
      return isHost ? { party: { ...party, state: "over" }, members, news: "ended" } : undefined;
    case "leave":
      return isHost ? handedOver(party, members, by) : memberStep(party, members, by, "stop");
    case "join":
      return memberStep(party, members, by, "join");
  }
}

/** Where it is at a time of the server's clock. */
export function positionAt(
  { positionMs, atMs, rate, isPaused }: PartyPoint,
  nowMs: number,
): number {
  return isPaused ? positionMs : Math.max(0, positionMs + (nowMs - atMs) * rate);
}

/** What a host may say of it, at the time that the server gave to its word. */
export function believedPoint(point: PartyPoint, saidAtMs: number): PartyPoint {
  const rate = Math.min(PARTY_RATES.most, Math.max(PARTY_RATES.least, point.rate * 1000)) / 1000;
  return {
    ...point,
    rate,
    positionMs: Math.min(LATEST_POSITION_MS, point.positionMs),
    atMs: Math.min(point.atMs, saidAtMs + MOST_AHEAD_MS),
  };
}

/** When a stream of the host's begins, by its word and the server's time of that. */
export function believedStream(id: StreamId, atMs: number, saidAtMs: number): PartyStream {
  return { id, atMs: Math.abs(atMs - saidAtMs) > MOST_OFF_MS ? undefined : atMs };
}

/** Whether somebody may still watch, at a time of the server's clock. */
export function isRunning({ state, heardMs }: Party, nowMs: number): boolean {
  return state === "open" && nowMs - heardMs < PARTY_FORGOTTEN_MS;
}

/** Whether the host has been silent for too long, by the server's clock. */
export function isHostGone({ heardMs }: Pick<Party, "heardMs">, nowMs: number): boolean {
  return nowMs - heardMs > PARTY_SILENCE_MS;
}

/** Who is the host after it, first first: the same at every device, whatever order it heard them in. */
export function successors(members: readonly PartyMember[]): readonly PartyMember[] {
  return members.filter(({ state }) => state === "accepted")
    .toSorted((one, other) => one.device < other.device ? -1 : 1);
}

function isNext(party: Party, { revision }: { readonly revision: number }): boolean {
  return revision > party.revision && revision <= party.revision + REVISION_STEP_MAX;
}

function moved(
  party: Party,
  { revision, point }: { readonly revision: number; readonly point: PartyPoint },
  { atMs, isUnsent }: PartySpeaker,
): Party {
  const heardMs = isUnsent === true ? party.heardMs : atMs;
  return { ...party, revision, point: believedPoint(point, atMs), heardMs };
}

/** By one who watches, while the host is silent. The clock is the server's, so all judge alike. */
function taken(
  party: Party,
  members: readonly PartyMember[],
  { by, ...said }: Extract<PartyWord, { revision: number }> & { readonly by: PartySpeaker },
): PartyStep | undefined {
  if (party.stream !== undefined) return undefined;
  const isIn = members.some(({ device, state }) => device === by.device && state === "accepted");
  // A host who was away may have said more than anybody heard: its number is no measure of age, its time is.
  const isOld = by.atMs - said.point.atMs > PARTY_SILENCE_MS;
  const isBeyond = said.revision > party.revision + REVISION_STEP_MAX;
  if (!isIn || isOld || isBeyond || !isHostGone(party, by.atMs)) return undefined;
  return hostedBy(moved(party, said, by), members, { account: by.from, device: by.device });
}

function handedOver(
  party: Party,
  members: readonly PartyMember[],
  { atMs }: PartySpeaker,
): PartyStep {
  // Nobody else has the file.
  const next = party.stream === undefined ? successors(members)[0] : undefined;
  if (next === undefined) return { party: { ...party, state: "over" }, members, news: "ended" };
  return hostedBy({ ...party, heardMs: atMs }, members, next);
}

/** The host before has left: whoever comes back joins. */
function hostedBy(
  party: Party,
  members: readonly PartyMember[],
  { account, device }: Pick<PartyMember, "account" | "device">,
): PartyStep {
  const others = members.filter((one) => one.device !== device);
  return { party: { ...party, account, device }, members: others, news: "hosts" };
}

function memberStep(
  party: Party,
  members: readonly PartyMember[],
  { from, device, peer }: PartySpeaker,
  word: "join" | "stop",
): PartyStep | undefined {
  const taken = stepOf(party, members, { word, by: { from, device, peer } });
  if (taken === undefined) return undefined;
  const state = word === "join" ? "accepted" as const : "left" as const;
  const others = members.filter((one) => one.device !== device);
  // Whoever was not in says nothing by leaving.
  if (word === "stop" && others.length === members.length) return undefined;
  const after = [...others, { account: from, device, state }];
  if (!taken.isNews) return { party, members: after, news: undefined };
  return { party, members: after, news: word === "join" ? "joined" : "left" };
}
