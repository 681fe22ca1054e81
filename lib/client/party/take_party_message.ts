/** What is said about a party: lines for the person, and what is written in the transaction that stores it. */

import { parsePartyId, parseStreamId } from "../../base/ids.ts";
import { PARTY_MESSAGES, type PartyMessage } from "../../protocol/peer/party.ts";
import type { Profile } from "../profile/profile.ts";
import { type PeerNews, type SealedFamily, sealedFamily, type Speaker } from "../store/families.ts";
import { StreamStore } from "../streams/stream_store.ts";
import {
  believedPoint,
  believedStream,
  isRunning,
  type Party,
  type PartyPoint,
  type PartyStep,
  partyStep,
  type PartyWord,
} from "./party.ts";
import { PartyStore } from "./party_store.ts";

type Heard = Pick<Speaker, "from" | "device" | "own" | "peer" | "atMs">;

const NOTHING: PeerNews = { lines: [] };

/** What does not fit the party, or is not about one of this conversation, means nothing. */
async function takePartyMessage(
  profile: Profile,
  message: PartyMessage,
  speaker: Heard,
): Promise<PeerNews> {
  const id = parsePartyId(message.fields.party);
  if (id === undefined) return NOTHING;
  const store = new PartyStore(profile);
  if (message.kind === "party.start") return await takeStart(profile, store, message, speaker);
  const party = store.look(id);
  const said = { ...wordOf(message), by: speaker };
  const step = party && partyStep(party, store.members(id), said);
  if (step === undefined) return NOTHING;
  const text = speaker.own ? undefined : newsText(step, speaker);
  return {
    lines: text === undefined ? [] : [{ code: `party-${step.news}`, text }],
    write: () => void store.apply(id, said),
  };
}

async function takeStart(
  profile: Profile,
  store: PartyStore,
  { fields }: PartyMessage & { readonly kind: "party.start" },
  { from, device, own, peer, atMs }: Heard,
): Promise<PeerNews> {
  const id = parsePartyId(fields.party);
  if (id === undefined || store.look(id) !== undefined) return NOTHING;
  const stream = parseStreamId(fields.stream ?? "");
  // Neither a video of the library nor a stream.
  if (fields.stream !== undefined && stream === undefined) return NOTHING;
  const party: Party = {
    ...{ id, peer, account: from, device, state: "open", revision: 0 },
    point: believedPoint(pointOf(fields.point), atMs),
    heardMs: atMs,
    stream: stream && believedStream(stream, fields.point.atMs, atMs),
  };
  const sealed = await store.seal(id, fields.video);
  const streams = new StreamStore(profile);
  const title = stream && await streams.seal(stream, fields.video);
  const goesOn = isRunning(party, profile.clock.nowMs());
  const text = goesOn
    ? `${from} started a watch party with "${fields.video}": /party join`
    : `${from} had a watch party with "${fields.video}"`;
  return {
    lines: own ? [] : [{ code: goesOn ? "party-started" : "party-missed", text }],
    write: () => {
      store.insert(party, sealed);
      if (stream === undefined || title === undefined) return;
      const row = { id: stream, direction: "in", peer, account: from, device } as const;
      // It asks nobody by itself: whoever joins the party goes to it.
      streams.insert({ ...row, source: "file", offeredMs: atMs }, title);
      streams.end(stream, ["open"], "left");
    },
  };
}

function wordOf(message: Exclude<PartyMessage, { kind: "party.start" }>): PartyWord {
  switch (message.kind) {
    case "party.state":
      return { word: "state", ...revisionOf(message.fields) };
    case "party.take":
      return { word: "take", ...revisionOf(message.fields) };
    case "party.join":
      return { word: "join" };
    case "party.leave":
      return { word: "leave" };
    case "party.end":
      return { word: "end" };
  }
}

interface WirePoint extends Omit<PartyPoint, "isPaused"> {
  readonly paused: boolean;
}

function revisionOf({ revision, point }: { revision: number; point: WirePoint }) {
  return { revision, point: pointOf(point) };
}

function pointOf({ paused, rate, ...point }: WirePoint): PartyPoint {
  return { ...point, rate: rate / 1000, isPaused: paused };
}

/** A point as it is said. */
export function wirePoint({ positionMs, atMs, rate, isPaused }: PartyPoint): WirePoint {
  const [position, at, thousandths] = [positionMs, atMs, rate * 1000].map(Math.round);
  return { positionMs: Math.max(0, position), atMs: at, rate: thousandths, paused: isPaused };
}

function newsText({ news, party }: PartyStep, { from }: Heard): string | undefined {
  switch (news) {
    case "joined":
      return `${from} joined the watch party`;
    case "left":
      return `${from} left the watch party`;
    case "hosts":
      return `${party.account} hosts the watch party now`;
    case "ended":
      return `${from} ended the watch party`;
    case undefined:
      return undefined;
  }
}

/** In place of a stranger's party. */
const STRANGERS_PARTY = "[wants to watch a video with you: accept this person to see it]";

/** Videos that are watched together. */
export const PARTIES: SealedFamily = sealedFamily({
  kinds: PARTY_MESSAGES,
  take: ({ profile }, message, speaker) => takePartyMessage(profile, message, speaker),
  ofStranger: ({ kind, fields: { party: id } }) =>
    kind === "party.start" ? { result: "asks", id, text: STRANGERS_PARTY } : undefined,
});
