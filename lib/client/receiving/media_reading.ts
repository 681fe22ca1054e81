/** What is said about files, direct connections and streams, handed to whom it concerns. */

import type { ConversationId, DeviceId } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";
import { takeDirectOfStream } from "../streams/take_direct_of_stream.ts";
import { takeStreamMessage } from "../streams/take_stream_message.ts";
import { takeFileMessage } from "../transfers/take_message.ts";
import type { PeerMessage } from "../store/inbound.ts";
import type { PeerNews, Speaker } from "../store/peer_news.ts";

/** One of these families. */
export type MediaMessage = Extract<
  PeerMessage,
  { readonly kind: `file.${string}` | `direct.${string}` | `stream.${string}` }
>;

/** Who said it, where and when. */
export interface MediaSpeaker extends Speaker {
  readonly device: DeviceId;
  readonly conversation: ConversationId;
  /** The server's clock. */
  readonly atMs: number;
}

/** Lines for the person, and what is written in the transaction that stores it. */
export async function takeMediaMessage(
  profile: Profile,
  message: MediaMessage,
  speaker: MediaSpeaker,
): Promise<PeerNews> {
  switch (message.kind) {
    case "stream.offer":
    case "stream.answer":
    case "stream.stop":
      return await takeStreamMessage(profile, message, speaker);
    case "direct.offer":
    case "direct.answer":
      return await takeDirectOfStream(profile, message, speaker) ??
        await takeFileMessage(profile, message, speaker);
    default:
      return await takeFileMessage(profile, message, speaker);
  }
}
