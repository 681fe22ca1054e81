/**
 * The one place where the way of a stream is chosen. There is one so far, over the server; a way from client to client is
 * another implementation of the two interfaces, and a row here.
 */

import { RelaySender } from "./relay_sender.ts";
import { RelayWatcher } from "./relay_watcher.ts";
import type { RoadOptions, SendingRoad, WatchingRoad } from "./road.ts";

/** Begins a stream. Throws Refusal, TransportError. */
export function openSendingRoad(options: RoadOptions): Promise<SendingRoad> {
  return RelaySender.open(options);
}

/** Joins a stream. Throws Refusal `unknown-stream` when it is over, TransportError. */
export function openWatchingRoad(options: RoadOptions): Promise<WatchingRoad> {
  return RelayWatcher.open(options);
}
