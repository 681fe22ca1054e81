/** The ways on which the sealed units of a stream travel, as sender and watcher see them. `open_road` chooses one. */

import type { Clock } from "../../base/clock.ts";
import type { Bytes } from "../../base/bytes.ts";
import { HeliographError, Refusal, TransportError } from "../../base/errors.ts";
import type { ConversationId, StreamId } from "../../base/ids.ts";
import type { Link } from "../link.ts";

/** Why nothing more comes. */
export type RoadEnd = "ended" | "lost" | "removed";

/** What a watcher is told of it, when the sender did not say that the stream is over. */
export function roadFailure(end: RoadEnd): HeliographError {
  if (end === "removed") return new Refusal("not-member", "You were removed from this room");
  const why = end === "lost" ? "The sender is gone" : "The stream ended without its end";
  return new TransportError("offline", why);
}

/** From a sender to all who watch. */
export interface SendingRoad {
  /** Watching connections now. */
  readonly watchers: number;
  /** Bytes per second, as far as the line was filled; 0 before it was measured. */
  readonly goodput: number;
  /** Resolves when the unit is on its way. MUST NOT be called for two at once. Rejects when the road ends, with the signal's reason. */
  send(unit: Bytes, signal: AbortSignal): Promise<void>;
  /** What watchers say back, sealed. */
  onWord(handler: (word: Bytes) => void): void;
  /** Called when `watchers` changes, and when the road has ended. */
  onChange(handler: () => void): void;
  readonly isOpen: boolean;
  /** Ends the stream for everybody. Closing twice is fine. */
  close(): Promise<void>;
}

/** From a sender to this watcher. */
export interface WatchingRoad {
  /** Each unit, whole, in the order in which they came. */
  onUnit(handler: (unit: Bytes) => void): void;
  /** Behind the last unit. */
  onEnd(handler: (end: RoadEnd) => void): void;
  /** Says something sealed to the sender. */
  say(word: Bytes): void;
  /** Leaves. Closing twice is fine. */
  close(): Promise<void>;
}

/** What a road is opened for. */
export interface RoadOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly stream: StreamId;
  readonly conversation: ConversationId;
}
