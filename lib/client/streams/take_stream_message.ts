/** What is said about a stream: lines for the person, and what is written in the transaction that stores it. */

import { parseStreamId, type StreamId } from "../../base/ids.ts";
import type { DirectMessage } from "../../protocol/peer/direct.ts";
import { STREAM_MESSAGES, type StreamMessage } from "../../protocol/peer/stream.ts";
import { type PeerNews, type SealedFamily, sealedFamily, type Speaker } from "../store/families.ts";
import type { Profile } from "../profile/profile.ts";
import { OFFER_SECONDS, offerEndsMs, sourceWords } from "./source_words.ts";
import { type StreamRow, StreamStore } from "./stream_store.ts";
import { stepOf } from "../activities/activity.ts";
import { takeDirect } from "../direct/control_messages.ts";

type StreamSpeaker = Pick<Speaker, "from" | "device" | "own" | "peer" | "atMs">;

const NOTHING: PeerNews = { lines: [] };

/** What does not fit the stream, or is not about one of this conversation, means nothing. */
export async function takeStreamMessage(
  profile: Profile,
  message: StreamMessage,
  speaker: StreamSpeaker,
): Promise<PeerNews> {
  const id = parseStreamId(message.fields.stream);
  if (id === undefined) return NOTHING;
  const store = new StreamStore(profile);
  const stream = await store.find(id);
  if (message.kind === "stream.offer") {
    const isNew = stepOf(stream, [], { word: "start", by: speaker })?.step === "started";
    return await takeOffer(profile, store, { message, speaker, id, isNew });
  }
  if (stream === undefined) return NOTHING;
  return message.kind === "stream.answer"
    ? takeAnswer(store, stream, { message, speaker })
    : takeStop(store, stream, { message, speaker });
}

async function takeOffer(
  { clock }: Profile,
  store: StreamStore,
  { message, speaker, id, isNew }: {
    readonly message: StreamMessage & { kind: "stream.offer" };
    readonly speaker: StreamSpeaker;
    readonly id: StreamId;
    readonly isNew: boolean;
  },
): Promise<PeerNews> {
  const { from, device, own, peer, atMs } = speaker;
  // Of another device of one's own: it is watched there already.
  if (own) return NOTHING;
  const { source, title } = message.fields;
  const what = sourceWords({ source, title });
  if (offerEndsMs({ offeredMs: atMs }) < clock.nowMs()) {
    return { lines: [{ code: "stream-missed", text: `${from} wanted to stream ${what} to you` }] };
  }
  if (!isNew) {
    return { lines: [{ code: "repeated", text: "A repeated stream request was refused" }] };
  }
  const sealed = await store.seal(id, title);
  const row = { id, direction: "in", peer, account: from, device, source } as const;
  const text =
    `${from} wants to stream ${what} to you: /y to watch, /n to decline, within ${OFFER_SECONDS} s`;
  return {
    lines: [{ code: "stream-offer", text, stream: id }],
    write: () => store.insert({ ...row, offeredMs: atMs }, sealed),
  };
}

/** Everybody in a room knows who watches; only the sender is told. */
function takeAnswer(
  store: StreamStore,
  stream: StreamRow,
  { message, speaker }: {
    readonly message: StreamMessage & { kind: "stream.answer" };
    readonly speaker: StreamSpeaker;
  },
): PeerNews {
  const { from, device, own } = speaker;
  const { accepts } = message.fields;
  const by = { word: accepts ? "join" : "decline", by: speaker } as const;
  const taken = stepOf(stream, store.answers(stream.id), by);
  const words = parseStreamId(message.fields.words);
  if (taken === undefined || words === undefined) return NOTHING;
  if (own) {
    // Answered on another device of one's own.
    if (stream.direction === "out") return NOTHING;
    return {
      lines: [],
      write: () => {
        if (accepts) store.end(stream.id, ["open"], "elsewhere");
        else store.move(stream.id, ["open"], "declined");
      },
    };
  }
  const state = accepts ? "accepted" : "declined";
  const text = `${from} ${accepts ? "watches" : "declined"} your stream`;
  const isTold = stream.direction === "out" && taken.isNews;
  return {
    lines: isTold ? [{ code: `stream-${state}`, text, stream: stream.id }] : [],
    write: () => store.answer(stream.id, { account: from, device, words, state }),
  };
}

function takeStop(
  store: StreamStore,
  stream: StreamRow,
  { message, speaker }: {
    readonly message: StreamMessage & { kind: "stream.stop" };
    readonly speaker: StreamSpeaker;
  },
): PeerNews {
  const { from, device } = speaker;
  const taken = stepOf(stream, store.answers(stream.id), { word: "stop", by: speaker });
  if (taken === undefined) return NOTHING;
  // The own end of an own stream is known here.
  if (taken.step === "left" || stream.direction === "out") {
    return { lines: [], write: () => store.leftBy(stream.id, device) };
  }
  const isMissed = stream.state === "open";
  const text = `${from} no longer wants to stream ${sourceWords(stream)} to you`;
  return {
    lines: isMissed ? [{ code: "stream-over", text, stream: stream.id }] : [],
    write: () => store.end(stream.id, ["open", "accepted"], message.fields.reason),
  };
}

/**
 * Undefined when it is about no stream of this profile. Only the other person of a stream that is watched here, or sent from
 * here, is heard; whatever else is said means nothing.
 */
export async function takeDirectOfStream(
  profile: Profile,
  message: DirectMessage,
  { from, own, peer, epoch }: Speaker,
): Promise<PeerNews | undefined> {
  const id = parseStreamId(message.fields.about);
  const stream = id && await new StreamStore(profile).find(id);
  if (stream === undefined) return undefined;
  const { direction, state } = stream;
  const isOffered = message.kind === "direct.offer";
  const isExpected = isOffered
    ? direction === "in" && state === "accepted"
    : direction === "out" && stream.device === profile.own.device;
  // In a room the peer is the room: its streams go over the server.
  if (own || stream.peer !== from || peer !== from || !isExpected) return { lines: [] };
  return await takeDirect(profile, message, { from, epoch });
}

/** In place of a stranger's stream. */
const OFFERS_STREAM = "[wants to stream a video to you: accept this person to see it]";

/** Live streams. */
export const STREAMS: SealedFamily = sealedFamily({
  kinds: STREAM_MESSAGES,
  take: ({ profile }, message, speaker) => takeStreamMessage(profile, message, speaker),
  ofStranger({ kind, fields: { stream: id } }) {
    // It waits no longer for that than for anything else: an offer whose time is over is told as missed.
    if (kind === "stream.offer") return { result: "asks", id, text: OFFERS_STREAM };
    return kind === "stream.stop" ? { result: "withdraws", id } : undefined;
  },
});
