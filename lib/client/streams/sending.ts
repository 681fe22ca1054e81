/** Sends one stream that was offered: joins source, seals, reports and the way, and closes them. */

import type { Peer, StreamId } from "../../base/ids.ts";
import { Refusal } from "../../base/errors.ts";
import type { Client } from "../client.ts";
import { whyNotWait } from "./answers.ts";
import { type Broadcasted, Broadcaster } from "./broadcaster.ts";
import { openSendingRoad } from "./open_road.ts";
import { openWriter } from "./own_writer.ts";
import { ReportDesk } from "./report_desk.ts";
import type { StreamSending } from "./stream_sending.ts";

/** See `Streams.send`. */
export async function sendStream(
  client: Client,
  { id, peer }: { readonly id: StreamId; readonly peer: Peer },
  { signal, onWatchers, ...source }: StreamSending,
): Promise<Broadcasted> {
  const { messenger, profile: { clock }, link } = client;
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  if (conversation === undefined) {
    throw new Refusal("not-member", "You are not in this conversation any more");
  }
  const sinceMs = clock.monotonicMs();
  const road = await openSendingRoad({ link, clock, stream: id, conversation });
  try {
    const reports = new ReportDesk(messenger, { stream: id, conversation });
    road.onWord((word) => reports.hear(word));
    const broadcaster = new Broadcaster({
      clock,
      road,
      reports,
      writer: openWriter(messenger, conversation, id),
      ...source,
      mayWait: () => Promise.resolve(whyNotWait(client, { id, peer, sinceMs })),
      ...(onWatchers === undefined ? {} : { onWatchers }),
    });
    return await broadcaster.run(signal);
  } finally {
    await road.close();
  }
}
