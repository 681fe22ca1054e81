/**
 * What two nodes tell each other of a live stream that is sent at one and watched at the other. Each stream that runs has a number
 * of the node of its sender. All of it may be lost: what matters is said again each second.
 */

import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import type { Bytes } from "../../base/bytes.ts";

/** Which one, by what is unique among all nodes. */
export interface StreamRun {
  /** The instance of whoever says it; in `StreamFound`, of whoever sends the stream. */
  readonly node: string;
  readonly run: number;
}

/** It runs, and so much of it has left for this node. */
export interface StreamRunning extends StreamRun {
  readonly sentBytes: number;
}

/** A unit, whole. `sentBytes` are those of all units up to this one that left for this node. */
export interface StreamUnit extends StreamRunning {
  readonly unit: number;
  readonly bytes: Bytes;
}

/** It runs no more. */
export interface StreamOver extends StreamRun {
  readonly reason: "ended" | "lost";
}

/** Back to the node of its sender: how many connections watch it, and up to where it came. The highest `number` holds. */
export interface StreamWatching extends StreamRun {
  readonly number: number;
  readonly connections: number;
  readonly takenBytes: number;
}

/** What a watcher says to the sender. */
export interface StreamSaid extends StreamRun {
  readonly bytes: Bytes;
}

/** Where a stream is sent. */
export interface StreamFound extends StreamRun {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  /** That watch it, at all nodes. */
  readonly connections: number;
}

/** Before an account begins one at `node`. */
export interface StreamBegins {
  readonly node: string;
  readonly stream: StreamId;
  readonly conversation: ConversationId;
  readonly account: AccountId;
}
