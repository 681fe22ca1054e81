/** What two without a server show each other: over their link, and no other way. */

import type { Messenger } from "../store/messenger.ts";
import { Streams } from "../streams/streams.ts";
import type { PairTalk } from "./pair_talk.ts";

/** `isConnected`: the link of who keeps the order is there while the other one is not. */
export function streamsOfPair(
  messenger: Messenger,
  talk: Pick<PairTalk, "link" | "isOnline" | "flush">,
  isConnected: () => boolean,
): Streams {
  return new Streams({
    messenger,
    get isOnline() {
      return isConnected() && talk.isOnline;
    },
    get link() {
      return talk.link;
    },
    flush: () => talk.flush(),
  });
}
