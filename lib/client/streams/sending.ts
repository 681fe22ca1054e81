/** Sends one stream that was offered: joins source, seals, reports and the way, and closes them. */

import type { Peer, StreamId } from "../../base/ids.ts";
import { isRoom } from "../../base/ids.ts";
import { Refusal } from "../../base/errors.ts";
import { capture } from "../../media/capture.ts";
import type { CaptureSource, CaptureSystem } from "../../media/capture_source.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";
import { STREAM_OFFER_MS } from "../../protocol/limits.ts";
import type { Client } from "../client.ts";
import { signerOf } from "../signed_statement.ts";
import { type Broadcasted, Broadcaster } from "./broadcaster.ts";
import { openSendingRoad } from "./open_road.ts";
import { ProofWriter } from "./proof_writer.ts";
import { ReportDesk } from "./report_desk.ts";
import { streamKeyNow } from "./stream_keys.ts";
import { StreamStore } from "./stream_store.ts";
import { UnitSealer } from "./unit_sealer.ts";

/** What a stream is sent from, and who is told. */
export interface StreamSending {
  readonly ffmpeg: Ffmpeg;
  readonly source: CaptureSource;
  readonly system: CaptureSystem;
  readonly signal: AbortSignal;
  readonly onWatchers?: (count: number) => void;
}

/** Of this machine. */
export const THIS_SYSTEM: CaptureSystem = {
  os: Deno.build.os,
  environment: (name) => Deno.env.get(name),
};

/** See `Streams.send`. */
export async function sendStream(
  client: Client,
  { id, peer }: { readonly id: StreamId; readonly peer: Peer },
  { ffmpeg, source, system, signal, onWatchers }: StreamSending,
): Promise<Broadcasted> {
  const { messenger, profile: { clock, own }, link } = client;
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  if (conversation === undefined) {
    throw new Refusal("not-member", "You are not in this conversation any more");
  }
  const keys = {
    epoch: () => messenger.groups.epochOf(conversation),
    key: () => streamKeyNow(messenger, conversation, { id, device: own.device }),
  };
  const sinceMs = clock.monotonicMs();
  const road = await openSendingRoad({ link, clock, stream: id, conversation });
  try {
    const reports = new ReportDesk(messenger, { stream: id, conversation });
    road.onWord((word) => reports.hear(word));
    const broadcaster = new Broadcaster({
      clock,
      road,
      reports,
      writer: new ProofWriter(new UnitSealer(keys, id), signerOf(own), id),
      capture: (leg, stop) => capture(ffmpeg, { ...leg, source, system }, { signal: stop }),
      isDevice: source.kind !== "file",
      mayWait: () => Promise.resolve(whyNotWait(client, { id, peer, sinceMs })),
      ...(onWatchers === undefined ? {} : { onWatchers }),
    });
    return await broadcaster.run(signal);
  } finally {
    await road.close();
  }
}

/** One person may say no for all; of a room somebody else may still come. */
function whyNotWait(
  { profile }: Client,
  { id, peer, sinceMs }: { readonly id: StreamId; readonly peer: Peer; readonly sinceMs: number },
): "declined" | "unanswered" | "vanished" | undefined {
  const answers = new StreamStore(profile).answers(id);
  const isWanted = answers.some(({ state }) => state === "accepted");
  if (!isWanted && !isRoom(peer) && answers.some(({ state }) => state !== "accepted")) {
    return "declined";
  }
  if (profile.clock.monotonicMs() - sinceMs < STREAM_OFFER_MS) return undefined;
  return isWanted ? "vanished" : "unanswered";
}
