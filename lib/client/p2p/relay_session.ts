/** One of a pair at the one who keeps their order: who asks, and where answers and pieces go. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import type { StreamEnd } from "../../relay/live_stream.ts";

/** A connection of one of the two. */
export interface RelaySession {
  readonly account: AccountId;
  /** Theirs: each has one. */
  readonly device: DeviceId;
  /** From here on envelopes are sent, those that wait first. */
  subscribe(): void;
  /** What this side reads, behind everything else; resolves when the next piece may come. */
  piece(upload: string, offset: number, bytes: Bytes): Promise<void>;
  /** A word about an upload or a stream, before everything else that waits. */
  push<Kind extends HopPushKind>(kind: Kind, fields: PushFields<Kind>, payload?: Bytes): void;
  /** A part of a stream that this side watches, behind everything else. False when there is no room for it. */
  stream(packet: Bytes): boolean;
  /** Behind the last part. */
  streamEnded(stream: string, reason: StreamEnd): void;
}
