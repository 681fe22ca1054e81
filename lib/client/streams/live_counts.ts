/** What a watcher counts of a stream. */

import type { StreamUnitFields } from "../../protocol/peer/stream.ts";
import type { Picture } from "../video/frame_assembly.ts";
import type { ProofLedger, Proven } from "./proof_ledger.ts";
import type { TransportRefused } from "./live_media.ts";
import type { TransportPause } from "./live_now.ts";
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

  /** `refused`: by the seals and by the transports, of pictures and of sound. */
  summary(
    ledger: Pick<ProofLedger, "forged">,
    refused: readonly (Partial<Refused> & TransportRefused)[],
    proven: Proven,
  ): LiveSummary {
    const sum = (reason: keyof Refused) =>
      refused.reduce((all, one) => all + (one[reason] ?? 0), 0);
    const { received, shown, lost, droppedHere } = this;
    return {
      received,
      shown,
      lost,
      droppedHere,
      durationMs: this.#end?.durationMs ?? this.#lastPtsMs,
      refused: {
        malformed: sum("malformed"),
        unknownKey: sum("unknownKey"),
        forged: sum("forged") + ledger.forged,
        repeated: sum("repeated"),
        late: sum("late"),
      },
      proven,
      complete: this.#end !== undefined,
      reason: this.#end?.reason,
    };
  }
}

// Whether a stream still comes, and for how long it did not. Pure.

/** A connection that is back so soon was never told as lost; nor is one that ends right behind the stream. */
const PAUSE_MS = 250;
/** Without a word for so long it is told: more than a camera takes that begins anew in another size. */
const STILL_MS = 5_000;
/** Without a word for so long it is over: a sender says something once a second. */
export const SILENCE_MS = 30_000;

/** Of one stream, from its first unit on. */
export class Silence {
  #cameMs = 0;
  /** Since when it may be silent. */
  #lastMs: number | undefined;
  #pause: TransportPause | undefined;
  #pausedMs = 0;

  /** When something of the sender came last; 0 before. */
  get lastMs(): number {
    return this.#cameMs;
  }

  /** Something of the sender came. */
  came(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#cameMs = nowMs;
  }

  /** What the transport says: while nothing can come, nobody is silent. */
  paused(pause: TransportPause | undefined, nowMs: number): void {
    if (this.#pause === undefined) this.#pausedMs = nowMs;
    this.#pause = pause;
    if (this.#lastMs !== undefined) this.#lastMs = nowMs;
  }

  /** Undefined while it comes. */
  state(nowMs: number): TransportPause | "over" | undefined {
    if (this.#pause !== undefined) {
      return nowMs - this.#pausedMs < PAUSE_MS ? undefined : this.#pause;
    }
    if (this.#lastMs === undefined) return undefined;
    const silentMs = nowMs - this.#lastMs;
    if (silentMs > SILENCE_MS) return "over";
    return silentMs > STILL_MS ? "silence" : undefined;
  }

  /** When `state` is another one if nothing comes until then; undefined: not by time alone. */
  changesAtMs(nowMs: number): number | undefined {
    if (this.#pause !== undefined) {
      const toldMs = this.#pausedMs + PAUSE_MS;
      return nowMs < toldMs ? toldMs : undefined;
    }
    if (this.#lastMs === undefined) return undefined;
    const limitMs = nowMs - this.#lastMs > STILL_MS ? SILENCE_MS : STILL_MS;
    return this.#lastMs + limitMs + 1;
  }
}
