/** Who of a pair watches a stream of the other one. Units are handed on as they come, and none is kept. */

import type { AccountId } from "../../base/ids.ts";
import { STREAM_QUEUE_BYTES } from "../../protocol/limits.ts";
import type { LiveRelay } from "../../relay/live_relay.ts";
import type { LiveWatcher, StreamEnd, StreamPart } from "../../relay/live_stream.ts";
import type { RelaySession } from "./relay_session.ts";

/** The streams of one pair. */
export type PairLive = LiveRelay<RelaySession, PairWatcher>;

/** The sender has only as much on the way as the watcher has said to have taken, so nothing piles up here. */
export class PairWatcher implements LiveWatcher {
  readonly account: AccountId;
  #givenBytes = 0;
  #takenBytes = 0;

  constructor(private readonly side: RelaySession, private readonly stream: string) {
    this.account = side.account;
  }

  get owedBytes(): number {
    return this.#givenBytes - this.#takenBytes;
  }

  offer({ packet, payloadBytes }: StreamPart): void {
    if (this.owedBytes + payloadBytes > STREAM_QUEUE_BYTES) return;
    if (this.side.stream(packet)) this.#givenBytes += payloadBytes;
  }

  /** Of all that it was given; never back, never beyond. */
  taken(totalBytes: number): void {
    this.#takenBytes = Math.max(this.#takenBytes, Math.min(totalBytes, this.#givenBytes));
  }

  end(reason: StreamEnd): void {
    this.side.streamEnded(this.stream, reason);
  }
}
