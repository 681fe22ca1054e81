/** What a watcher counts of a stream. */

import type { StreamUnitFields } from "../../protocol/peer/stream.ts";
import type { Picture } from "../video/picture.ts";
import type { ProofLedger, Proven } from "./proof_ledger.ts";
import type { TransportRefused } from "./live_media.ts";
import { Silence } from "./silence.ts";
import type { Refused } from "./unit_opener.ts";

/** What a stream came to, for the closing line. */
export interface LiveSummary {
  readonly received: number;
  readonly shown: number;
  /** Pictures that did not come: left out by the sender, or dropped on the way. */
  readonly lost: number;
  /** Pictures that came too late to be shown. */
  readonly droppedHere: number;
  readonly durationMs: number;
  /** Units that were no part of it, by reason; `forged` also what the sender did not sign. */
  readonly refused: Refused;
  readonly proven: Proven;
  /** The sender said so; false for who left before. */
  readonly complete: boolean;
  /** Why the sender ended it. */
  readonly reason: StreamUnitFields<"stream.end">["reason"] | undefined;
}

/** Of one stream. */
export class LiveCounts {
  received = 0;
  shown = 0;
  lost = 0;
  droppedHere = 0;
  readonly silence = new Silence();
  #lastIndex = -1;
  #lastPtsMs = 0;
  #fastestMs: number | undefined;
  #lateMs = 0;
  #end: StreamUnitFields<"stream.end"> | undefined;

  /** False for a picture that goes back. */
  came({ index, ptsMs }: Picture, nowMs: number): boolean {
    if (index <= this.#lastIndex || ptsMs < this.#lastPtsMs) return false;
    this.lost += index - this.#lastIndex - 1;
    this.#lastIndex = index;
    this.#lastPtsMs = ptsMs;
    this.received++;
    const wayMs = nowMs - ptsMs;
    this.#fastestMs = Math.min(this.#fastestMs ?? wayMs, wayMs);
    this.#lateMs = wayMs - this.#fastestMs;
    return true;
  }

  /** What the sender said at the end. */
  ended(end: StreamUnitFields<"stream.end">): void {
    this.#end = end;
    this.lost += Math.max(0, end.frames - this.#lastIndex - 1) + end.dropped;
  }

  report(): StreamUnitFields<"stream.report"> {
    const { received, lost, shown } = this;
    return { received, lost, shown, lateMs: Math.min(600_000, Math.round(this.#lateMs)) };
  }

  /** `refused`: by the seal, and by the transport. */
  summary(
    ledger: Pick<ProofLedger, "forged">,
    [sealed, transport]: readonly [Readonly<Refused>, Readonly<TransportRefused>],
    proven: Proven,
  ): LiveSummary {
    const { received, shown, lost, droppedHere } = this;
    return {
      received,
      shown,
      lost,
      droppedHere,
      durationMs: this.#end?.durationMs ?? this.#lastPtsMs,
      refused: {
        ...sealed,
        forged: sealed.forged + ledger.forged,
        malformed: sealed.malformed + transport.malformed,
        repeated: sealed.repeated + transport.repeated,
      },
      proven,
      complete: this.#end !== undefined,
      reason: this.#end?.reason,
    };
  }
}
