/** Sends one stream that was offered: joins source, seals, reports and the way, and closes them. */

import type { ConversationId, Peer, StreamId } from "../../base/ids.ts";
import {
  HeliographError,
  MediaError,
  Refusal,
  TransportError,
  UsageError,
} from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";
import { DEFAULT_DIRECT, type P2pMode } from "../direct/direct_settings.ts";
import { haveAllLeft, whoIsIn } from "../activities/activity.ts";
import { type Broadcasted, Broadcaster, type BroadcasterOptions } from "./broadcaster.ts";
import { LastingSender, type LastingSenderOptions } from "./lasting_sender.ts";
import { ReportCollector } from "./report_collector.ts";
import type { StreamHost } from "./stream_host.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { type NoMeeting, SharedLines } from "./direct_meetings.ts";
import { isHeldByRemoved } from "../groups/agreed_removals.ts";
import { signerOf } from "../contacts/signed_statement.ts";
import { ProofWriter } from "./proof_writer.ts";
import { type CaptureSound, SoundBroadcaster } from "./sound_broadcaster.ts";
import { soundIdOf, streamKeyNow, UnitSealer } from "./stream_keys.ts";
import { STREAM_OFFER_MS } from "../../protocol/limits.ts";
import type { Profile } from "../profile/profile.ts";
import { StreamStore } from "./stream_store.ts";
import { isDirect } from "../store/conversation_kinds.ts";
import { capture } from "../../media/live/capture.ts";
import type { CaptureSource, CaptureSystem } from "../../media/live/capture_source.ts";
import type { Ffmpeg } from "../../media/ffmpeg/ffmpeg.ts";
import { captureSound, whySilent } from "../../media/live/sound_capture.ts";
import { LIVE_STEPS } from "../../media/live/live_steps.ts";

/** A stream that was offered. */
interface Offered {
  readonly id: StreamId;
  readonly peer: Peer;
  /** As the person wants this one to go; else as the settings say. */
  readonly mode?: P2pMode | undefined;
}

/** How it went. */
export interface Sent extends Broadcasted {
  /** Units that went directly, not over the server only. */
  readonly directUnits: number;
}

/** See `Streams.send`. */
export async function sendStream(
  host: StreamHost,
  offered: Offered,
  { signal, onWatchers, ...source }: StreamSending,
): Promise<Sent> {
  const { messenger } = host;
  const { profile, profile: { clock }, conversations } = messenger;
  const { id, peer } = offered;
  const conversation = conversations.openWith(peer)?.conversation;
  if (conversation === undefined) {
    throw new Refusal("not-member", "You are no longer in this conversation");
  }
  const waitUntilMs = clock.monotonicMs() + STREAM_OFFER_MS;
  const mode = offered.mode ?? host.beside?.direct.settings.mode ?? DEFAULT_DIRECT.mode;
  const noWay = new AbortController();
  const shared = new SharedLines();
  const common = {
    ...{ host, conversation, mode, peer: isDirect(peer) ? peer : undefined },
    isWatched: () => isAccepted(profile, id),
  };
  await using sound = await openSound(common, { ...source, id, shared });
  const transport = await LastingSender.open({
    ...{ ...common, stream: id, lines: { shared, isSound: false } },
    onNoMeeting: async (why) => {
      if (mode === "only") return noWay.abort(onlyFailure(peer, why));
      await tellOverServer(messenger, { peer, conversation }, why);
    },
  });
  try {
    const reports = new ReportCollector(messenger, { stream: id, conversation });
    transport.onFeedback((word) => reports.hear(word));
    const broadcaster = new Broadcaster({
      clock,
      transport,
      reports,
      writer: openWriter(messenger, conversation, id),
      ...source,
      sound: sound.run,
      answers: {
        whyNotWait: () => whyNotWait(profile, { id, peer, waitUntilMs }),
        waitUntilMs,
        hasLeft: () => isDirect(peer) && haveAllLeft(new StreamStore(profile).answers(id)),
        listen: (listener) => profile.writes.listen(listener),
      },
      ...(onWatchers === undefined ? {} : { onWatchers }),
    });
    const broadcasted = await broadcaster.run(anySignal(signal, noWay.signal));
    if (!signal.aborted) noWay.signal.throwIfAborted();
    return { ...broadcasted, directUnits: transport.directUnits };
  } finally {
    await transport.close();
  }
}

/** The sound beside it: it goes where the pictures go, and nothing of it keeps them back. Whoever opened it closes it. */
async function openSound(
  options: Omit<LastingSenderOptions, "stream" | "lines">,
  { id, shared, sound, isDevice, onSilence }:
    & Pick<StreamSending, "sound" | "isDevice" | "onSilence">
    & { readonly id: StreamId; readonly shared: SharedLines },
): Promise<{ readonly run?: BroadcasterOptions["sound"] } & AsyncDisposable> {
  const none = { [Symbol.asyncDispose]: () => Promise.resolve() };
  if (sound === undefined) return none;
  const { host: { messenger }, conversation } = options;
  const stream = await soundIdOf(id);
  try {
    const lines = { shared, isSound: true };
    const transport = await LastingSender.open({ ...options, stream, lines });
    const broadcaster = new SoundBroadcaster({
      ...{ clock: messenger.profile.clock, transport, isDevice, onSilence },
      writer: openWriter(messenger, conversation, stream),
      capture: sound,
    });
    return {
      run: (originMs, signal) => broadcaster.run(originMs, signal),
      [Symbol.asyncDispose]: () => transport.close(),
    };
  } catch (error) {
    if (!(error instanceof HeliographError)) throw error;
    onSilence?.(error);
    return none;
  }
}

/** The end of a stream that may go no other way. */
function onlyFailure(peer: Peer, why: NoMeeting): TransportError {
  const reason = why === "refused"
    ? `${peer} has not allowed direct connections with you`
    : `No direct connection to ${peer}`;
  return new TransportError("no-direct-way", `${reason}, and this stream may only go directly`);
}

/** Writes it into the conversation. */
async function tellOverServer(
  messenger: Messenger,
  { peer, conversation }: { readonly peer: Peer; readonly conversation: ConversationId },
  why: NoMeeting,
): Promise<void> {
  const reason = why === "refused"
    ? `${peer} has not allowed direct connections with you`
    : `No direct connection to ${peer}`;
  const text = `${reason}: your stream goes through the server`;
  await note(messenger, { peer, conversation, code: "direct", text });
}

/** One for each stream. */
export function openWriter(
  messenger: Messenger,
  conversation: ConversationId,
  id: StreamId,
): ProofWriter {
  const { groups, profile: { own } } = messenger;
  const keys = {
    epoch: () => groups.epochOf(conversation),
    key: async () => {
      const group = await groups.load(conversation);
      if (group !== undefined && isHeldByRemoved(messenger, conversation, group.state)) {
        throw new MediaError("removed-device", "A removed device is in this conversation");
      }
      return await streamKeyNow(messenger, conversation, { id, device: own.device });
    },
  };
  return new ProofWriter(new UnitSealer(keys, id), signerOf(own), id);
}

/** One person may say no for all; of a room somebody else may still come. */
function whyNotWait(
  profile: Profile,
  { id, peer, waitUntilMs }: {
    readonly id: StreamId;
    readonly peer: Peer;
    readonly waitUntilMs: number;
  },
): "declined" | "unanswered" | "vanished" | undefined {
  const answers = new StreamStore(profile).answers(id);
  const isWanted = whoIsIn(answers).length > 0;
  if (!isWanted && isDirect(peer) && answers.some(({ state }) => state !== "accepted")) {
    return "declined";
  }
  if (profile.clock.monotonicMs() < waitUntilMs) return undefined;
  return isWanted ? "vanished" : "unanswered";
}

/** Whether a device has said that it watches, and not that it has left. */
function isAccepted(profile: Profile, id: StreamId): boolean {
  return whoIsIn(new StreamStore(profile).answers(id)).length > 0;
}

// What a person gives to be shown.

/** What a stream is sent from, and who is told. */
export interface StreamSending
  extends Pick<BroadcasterOptions, "capture" | "isDevice" | "onStep" | "originMs"> {
  readonly signal: AbortSignal;
  /** What is heard beside it; undefined: nothing. */
  readonly sound?: CaptureSound | undefined;
  readonly onWatchers?: (count: number) => void;
  /** It goes on without sound, and why. */
  readonly onSilence?: ((why: HeliographError) => void) | undefined;
}

const THIS_SYSTEM: CaptureSystem = {
  os: Deno.build.os,
  environment: (name) => Deno.env.get(name),
};

/** Pictures of a source of this machine, by ffmpeg. */
export function captureOf(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
): Pick<StreamSending, "capture" | "isDevice"> {
  return {
    capture: (leg, signal) => capture(ffmpeg, { ...leg, source, system: THIS_SYSTEM }, { signal }),
    isDevice: source.kind !== "file",
  };
}

/** The same of its sound: by this device, or the one of the system. */
export function soundOf(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
  device: string | undefined,
): { readonly sound: CaptureSound; whySilent(signal: AbortSignal): Promise<string | undefined> } {
  const what = { source, device, system: THIS_SYSTEM };
  return {
    sound: (leg, signal) => captureSound(ffmpeg, { ...leg, ...what }, { signal }),
    whySilent: (signal) => whySilent(ffmpeg, what, signal),
  };
}

/** A source that gives no picture for so long gives none. */
const TRY_MS = 20_000;
const SEEN = new DOMException("There is a picture", "AbortError");

/**
 * Takes one picture and lets the source go, before anybody is asked to watch. Throws UsageError for a file without pictures and
 * a name that this system does not have, MediaError for a device that gives none, the signal's reason.
 */
export async function requirePicture(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
  signal: AbortSignal,
): Promise<void> {
  const onFrame = () => Promise.reject(SEEN);
  const one = { step: LIVE_STEPS[0], fromMs: 0, onFrame, timeLimitMs: TRY_MS };
  try {
    await capture(ffmpeg, { ...one, source, system: THIS_SYSTEM }, { signal });
  } catch (error) {
    if (error === SEEN) return;
    if (error instanceof MediaError && error.code === "media-refused") {
      throw new UsageError("no-video", error.message);
    }
    throw error;
  }
}
