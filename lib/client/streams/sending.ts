/** Sends one stream that was offered: joins source, seals, reports and the way, and closes them. */

import { isRoom, type Peer, type StreamId } from "../../base/ids.ts";
import { Refusal } from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";
import { DEFAULT_DIRECT, type P2pMode } from "../direct/direct_settings.ts";
import { haveLeft, isAccepted, whyNotWait } from "./answers.ts";
import { type Broadcasted, Broadcaster } from "./broadcaster.ts";
import { LastingSender } from "./lasting_sender.ts";
import { onlyFailure, tellOverServer } from "./no_meeting.ts";
import { openWriter } from "./own_writer.ts";
import { ReportCollector } from "./report_collector.ts";
import type { StreamHost } from "./stream_host.ts";
import type { StreamSending } from "./stream_sending.ts";

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
    throw new Refusal("not-member", "You are not in this conversation any more");
  }
  const sinceMs = clock.monotonicMs();
  const mode = offered.mode ?? host.beside?.direct.settings.mode ?? DEFAULT_DIRECT.mode;
  const noWay = new AbortController();
  const transport = await LastingSender.open({
    host,
    conversation,
    mode,
    stream: id,
    peer: isRoom(peer) ? undefined : peer,
    isWatched: () => isAccepted(profile, id),
    onNoMeeting: async (why) => {
      if (mode === "only") return noWay.abort(onlyFailure(peer, why));
      await tellOverServer(messenger, { peer, conversation }, why);
    },
  });
  try {
    const reports = new ReportCollector(messenger, { stream: id, conversation });
    transport.onWord((word) => reports.hear(word));
    const broadcaster = new Broadcaster({
      clock,
      transport,
      reports,
      writer: openWriter(messenger, conversation, id),
      ...source,
      mayWait: () => Promise.resolve(whyNotWait(profile, { id, peer, sinceMs })),
      hasLeft: () => !isRoom(peer) && haveLeft(profile, id),
      ...(onWatchers === undefined ? {} : { onWatchers }),
    });
    const broadcasted = await broadcaster.run(anySignal(signal, noWay.signal));
    if (!signal.aborted) noWay.signal.throwIfAborted();
    return { ...broadcasted, directUnits: transport.directUnits };
  } finally {
    await transport.close();
  }
}
