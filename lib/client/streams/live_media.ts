/**
 * Live media between clients: sealed units from one who publishes to all who subscribe, feedback the other way. One interface
 * over a server, over the peer and directly; what is lost is waited for above the single lines.
 */

import type { TransportPause } from "./live_now.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { HeliographError, Refusal, TransportError } from "../../base/errors.ts";
import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import type { P2pMode } from "../direct/direct_settings.ts";
import type { Link } from "../link/link.ts";
import type { SharedLines } from "./direct_ends.ts";
import type { NoMeeting } from "./direct_meetings.ts";
import type { StreamHost } from "./stream_host.ts";
import type { UnitLane } from "./unit_lane.ts";

/** How long a stream waits for a connection that was lost, at each end. */
export const TRANSPORT_GRACE_MS = 15_000;

/** Why nothing more comes. `no-way`: it may go directly only, and does not; `silent`: nothing has come for long. */
export type TransportEnd = "ended" | "lost" | "removed" | "no-way" | "silent";

/** What a watcher is told of it, when the sender did not say that the stream is over. */
export function transportFailure(end: TransportEnd): HeliographError {
  switch (end) {
    case "removed":
      return new Refusal("not-member", "You were removed from this room");
    case "no-way":
      return new TransportError(
        "no-direct-way",
        "No direct connection, and you chose to watch directly only",
      );
    case "silent":
      return new TransportError("timeout", "No pictures from the sender");
    case "lost":
      return new TransportError("offline", "The sender is gone");
    case "ended":
      return new TransportError("offline", "The stream broke off");
  }
}

/** Live media from one who publishes to all who subscribe, over whatever ways there are just now. */
export interface MediaPublisher {
  /** Subscribed connections now; as many as before while a lost connection may come back. */
  readonly subscribers: number;
  /** Bytes per second, as far as the line was filled; 0 before it was measured. */
  readonly goodput: number;
  /**
   * Resolves when the unit is on its way, ahead of bulk; waits while there is no way for it, so that whoever publishes drops
   * what became old (`MediaQueue`). MUST NOT be called for two at once. Rejects with TransportError when nothing goes out any
   * more, with the signal's reason.
   */
  publish(unit: Bytes, signal: AbortSignal): Promise<void>;
  /** What subscribers say back, sealed. */
  onFeedback(handler: (word: Bytes) => void): void;
  /** Called when `subscribers` changes, and when nothing goes out any more. */
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

/** Live media from one who publishes to this subscriber. */
export interface MediaSubscriber {
  readonly refused: Readonly<TransportRefused>;
  /** Each unit, whole, in the order in which they came. */
  onUnit(handler: (unit: Bytes) => void): void;
  /** Behind the last unit. */
  onEnd(handler: (end: TransportEnd) => void): void;
  /** Told when nothing can come just now, and undefined when it can again. */
  onPause(handler: (pause: TransportPause | undefined) => void): void;
  /** Says something sealed to who publishes. */
  feedback(word: Bytes): void;
  /** Leaves. Closing twice is fine. */
  close(): Promise<void>;
}

/** One way from who publishes: over a relay, which is a server or the peer, or directly. */
export interface PublishedLine {
  /** On which units leave. Closed when the line has ended. */
  readonly lane: UnitLane;
  /** Subscribed over this line. */
  readonly subscribers: number;
  /** Resolves when the line has ended. */
  readonly closed: Promise<unknown>;
  /** Ends it for everybody who subscribed over it. Closing twice is fine. */
  close(): Promise<void>;
}

/** Who publishes is told. None of these may throw. */
export interface PublishedEvents {
  /** Something sealed from a subscriber. */
  heard(word: Bytes): void;
  /** So many are subscribed now; may be called while the line is still being opened. */
  counted?(subscribers: number): void;
}

/** One way to this subscriber. */
export interface SubscribedLine {
  /** Resolves when nothing more comes, whoever ended it. */
  readonly ended: Promise<TransportEnd>;
  /** Says something sealed to who publishes. Lost when the line has ended. */
  feedback(word: Bytes): void;
  /** Leaves. Closing twice is fine. */
  close(): Promise<void>;
}

/** What a subscriber is given of a line. */
export interface SubscribedEvents {
  /** A whole unit with its number, in the order of this line. Must not throw. */
  readonly take: (unit: number, bytes: Bytes) => void;
  /** Units that did not fit together are counted there. */
  readonly refused: TransportRefused;
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
  /** What it shares a direct connection with; `isSound`: the other one brings it about. */
  readonly lines?: { readonly shared: SharedLines; readonly isSound: boolean };
  /** There is no direct connection, and why. */
  readonly onNoMeeting?: (why: NoMeeting) => Promise<void>;
}
