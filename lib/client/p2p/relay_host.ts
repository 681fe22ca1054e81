/** What serving one of a pair needs of their order, and what answering needs of who is served. */

import type { Clock } from "../../base/clock.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import type { Envelope, MessageLog } from "../../relay/message_log.ts";
import type { PairMembers } from "./pair_members.ts";
import type { HandOver } from "../../relay/hand_over.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import type { LiveWatcher, StreamEnd, StreamPart } from "../../relay/live_stream.ts";
import { STREAM_QUEUE_BYTES } from "../../protocol/limits.ts";
import type { LiveRelay } from "../../relay/live_relay.ts";

/** The order of a pair, as its sessions use it. */
export interface RelayHost {
  readonly members: PairMembers;
  readonly log: MessageLog<never>;
  readonly spool: HandOver;
  readonly live: PairLive;
  readonly clock: Clock;
  isConnected(account: AccountId): boolean;
  /** An envelope was stored for `account`: it is sent, if it is here. */
  deliver(account: AccountId, envelope: Envelope): void;
  /** `account` has shown keys. */
  published(account: AccountId): void;
  /** Resolves once there are keys of `account`; after a while all the same. */
  whenPublished(account: AccountId): Promise<void>;
}

// One of a pair at the one who keeps their order: who asks, and where answers and pieces go.

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

// Who of a pair watches a stream of the other one. Units are handed on as they come, and none is kept.

/** The streams of one pair. */
export type PairLive = LiveRelay<RelaySession, PairWatcher>;

/** The sender has only as much on the way as the watcher has said to have taken, so nothing piles up here. */
export class PairWatcher implements LiveWatcher {
  readonly #side: RelaySession;
  readonly #stream: string;
  readonly account: AccountId;
  #givenBytes = 0;
  #takenBytes = 0;

  constructor(side: RelaySession, stream: string) {
    this.#side = side;
    this.#stream = stream;
    this.account = side.account;
  }

  get owedBytes(): number {
    return this.#givenBytes - this.#takenBytes;
  }

  offer({ packet, payloadBytes }: StreamPart): void {
    if (this.owedBytes + payloadBytes > STREAM_QUEUE_BYTES) return;
    if (this.#side.stream(packet)) this.#givenBytes += payloadBytes;
  }

  /** Of all that it was given; never back, never beyond. */
  taken(totalBytes: number): void {
    this.#takenBytes = Math.max(this.#takenBytes, Math.min(totalBytes, this.#givenBytes));
  }

  end(reason: StreamEnd): void {
    this.#side.streamEnded(this.#stream, reason);
  }
}
