/** What the other end of a stream says of a direct connection. */

import { streamOf } from "../direct/control_messages.ts";
import { takeDirect } from "../direct/take_direct.ts";
import type { DirectMessage } from "../store/inbound.ts";
import type { PeerNews, Speaker } from "../store/peer_news.ts";
import type { Profile } from "../profile/profile.ts";
import { StreamStore } from "./stream_store.ts";

/**
 * Undefined when it is about no stream of this profile. Only the other person of a stream that is watched here, or sent from
 * here, is heard; whatever else is said means nothing.
 */
export async function takeDirectOfStream(
  profile: Profile,
  message: DirectMessage,
  { from, own, peer, epoch }: Speaker,
): Promise<PeerNews | undefined> {
  const id = streamOf(message);
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
