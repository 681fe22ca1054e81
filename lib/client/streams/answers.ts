/** What those who were asked said, and whether to wait for them any longer. */

import { isRoom, type Peer, type StreamId } from "../../base/ids.ts";
import { STREAM_OFFER_MS } from "../../protocol/limits.ts";
import type { Profile } from "../profile/profile.ts";
import { StreamStore } from "./stream_store.ts";

/** One person may say no for all; of a room somebody else may still come. */
export function whyNotWait(
  profile: Profile,
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

/** Whether a device has said that it watches, and not that it has left. */
export function isAccepted(profile: Profile, id: StreamId): boolean {
  return new StreamStore(profile).answers(id).some(({ state }) => state === "accepted");
}

/** Whether everybody who watched has said that they have left. */
export function haveLeft(profile: Profile, id: StreamId): boolean {
  const answers = new StreamStore(profile).answers(id);
  return answers.some(({ state }) => state === "left") && !isAccepted(profile, id);
}
