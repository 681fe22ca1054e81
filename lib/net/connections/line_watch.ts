/** When each side of a connection last got on, and what follows from that. Told by the connection, asked once a second. */

import {
  DROP_AFTER_SILENCE_MS,
  PING_AFTER_SILENCE_MS,
  progressDeadlineMs,
  WRITE_STALL_MS,
} from "../../protocol/limits.ts";
import type { PacketDecoder } from "../../protocol/packet.ts";
import type { CloseReason } from "./close_reason.ts";
import type { Outbox } from "./outbox.ts";

/** The packet under way, if its beginning has come. */
type Pending = PacketDecoder["pending"];

/** Times are of the monotonic clock. */
export class LineWatch {
  #receivedAtMs: number;
  #pingedAtMs: number;
  /** When the packet under way was started. */
  #startedAtMs: number | undefined;
  #writtenBytes = 0;
  #writeProgressAtMs: number;

  constructor(nowMs: number) {
    this.#receivedAtMs = this.#pingedAtMs = this.#writeProgressAtMs = nowMs;
  }

  /** Something was read. */
  received(nowMs: number): void {
    this.#receivedAtMs = this.#pingedAtMs = nowMs;
  }

  /** The packets of a read, `complete` of them, were handled; `pending` is under way. */
  handled(nowMs: number, complete: number, pending: Pending): void {
    // A handler may have taken long, and that was not the other side's silence.
    this.received(nowMs);
    if (pending === undefined) this.#startedAtMs = undefined;
    else if (complete > 0 || this.#startedAtMs === undefined) this.#startedAtMs = nowMs;
  }

  /** Whether the other side takes nothing of what is queued for it. */
  isStalled(nowMs: number, { writtenBytes, queuedBytes }: Outbox): boolean {
    if (queuedBytes === 0 || writtenBytes !== this.#writtenBytes) {
      this.#writtenBytes = writtenBytes;
      this.#writeProgressAtMs = nowMs;
      return false;
    }
    // Above, not at: the last tick without a queue may have been nearly a second before the first byte was queued.
    return nowMs - this.#writeProgressAtMs > WRITE_STALL_MS;
  }

  /** What to do about a side that sends too slowly, or nothing. `ping` is said once for each silence of its length. */
  judgeSender(nowMs: number, pending: Pending): CloseReason | "ping" | undefined {
    if (pending !== undefined && this.#startedAtMs !== undefined) {
      if (nowMs - this.#startedAtMs >= progressDeadlineMs(pending.sizeBytes ?? 0)) {
        return { kind: "slow-sender", ...pending };
      }
    }
    const silentMs = nowMs - this.#receivedAtMs;
    if (silentMs >= DROP_AFTER_SILENCE_MS) return { kind: "silent", silentMs };
    if (nowMs - this.#pingedAtMs < PING_AFTER_SILENCE_MS) return undefined;
    this.#pingedAtMs = nowMs;
    return "ping";
  }
}
