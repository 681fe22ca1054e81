/** The way on which the sealed units of a stream travel, as sender and watcher see it: over whatever there is just now. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { HeliographError, Refusal, TransportError } from "../../base/errors.ts";
import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import type { P2pMode } from "../direct/direct_settings.ts";
import type { Link } from "../link/link.ts";
import type { NoMeeting } from "./direct_meetings.ts";
import type { StreamHost } from "./stream_host.ts";

/** How long a stream waits for a connection that was lost, at each end. */
export const TRANSPORT_GRACE_MS = 15_000;

/** Why nothing more comes. `no-way`: it may go directly only, and does not; `silent`: nothing has come for long. */
export type TransportEnd = "ended" | "lost" | "removed" | "no-way" | "silent";

/** Why nothing comes just now: the sender's connection was lost, or the own one; or both are there, and nothing comes. */
export type TransportPause = "sender" | "own" | "silence";

/** What a watcher is told of it, when the sender did not say that the stream is over. */
export function transportFailure(end: TransportEnd): HeliographError {
  switch (end) {
    case "removed":
      return new Refusal("not-member", "You were removed from this room");
    case "no-way":
      return new TransportError(
        "no-direct-way",
        "No direct connection came about, and you watch directly only",
      );
    case "silent":
      return new TransportError("timeout", "Nothing comes from the sender any more");
    case "lost":
      return new TransportError("offline", "The sender is gone");
    case "ended":
      return new TransportError("offline", "The stream ended without its end");
  }
}

/** From a sender to all who watch. */
export interface SendingTransport {
  /** Watching connections now; as many as before while a lost connection may come back. */
  readonly watchers: number;
  /** Bytes per second, as far as the line was filled; 0 before it was measured. */
  readonly goodput: number;
  /**
   * Resolves when the unit is on its way; waits while there is no way for it. MUST NOT be called for two at once. Rejects with
   * TransportError when the transport has ended, with the signal's reason.
   */
  send(unit: Bytes, signal: AbortSignal): Promise<void>;
  /** What watchers say back, sealed. */
  onWord(handler: (word: Bytes) => void): void;
  /** Called when `watchers` changes, and when the transport has ended. */
  onChange(handler: () => void): void;
  readonly isOpen: boolean;
  /** Ends the stream for everybody. Closing twice is fine. */
  close(): Promise<void>;
}

/** Units that a way made up: cut ones, and those that it brought again or behind others. */
export interface TransportRefused {
  malformed: number;
  repeated: number;
}

/** From a sender to this watcher. */
export interface WatchingTransport {
  readonly refused: Readonly<TransportRefused>;
  /** Each unit, whole, in the order in which they came. */
  onUnit(handler: (unit: Bytes) => void): void;
  /** Behind the last unit. */
  onEnd(handler: (end: TransportEnd) => void): void;
  /** Told when nothing can come just now, and undefined when it can again. */
  onPause(handler: (pause: TransportPause | undefined) => void): void;
  /** Says something sealed to the sender. */
  say(word: Bytes): void;
  /** Leaves. Closing twice is fine. */
  close(): Promise<void>;
}

/** What a way over a link is opened for. */
export interface TransportOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly stream: StreamId;
  readonly conversation: ConversationId;
}

/** What a transport is opened for. */
export interface LastingOptions {
  readonly host: StreamHost;
  readonly stream: StreamId;
  readonly conversation: ConversationId;
  /** The other person; undefined in a room, whose streams go over the server. */
  readonly peer: AccountId | undefined;
  readonly mode: P2pMode;
  /** There is no direct connection, and why. */
  readonly onNoMeeting?: (why: NoMeeting) => Promise<void>;
}
