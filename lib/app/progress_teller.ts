/** Progress as lines that only append: one for each tenth of a transfer that takes its time. Pure. */

import type { TransferId } from "../base/ids.ts";
import type { Progress } from "../client/transfers/meter.ts";
import { contentBytes, type Transfer } from "../client/transfers/transfer.ts";
import { movedBytes, transferLine } from "./transfer_lines.ts";

/** Nobody waits for what is shorter. */
const QUICK_MS = 2_000;
const STEPS = 10;

/** Remembers what was told. */
export class ProgressTeller {
  readonly #told = new Map<TransferId, { readonly sinceMs: number; readonly step: number }>();

  /** The line that is due about a transfer now, if one is. */
  lineOf(transfer: Transfer, progress: Progress | undefined, nowMs: number): string | undefined {
    const { id, state } = transfer;
    if (state.state !== "uploading" && state.state !== "receiving") return undefined;
    const total = contentBytes(transfer.items);
    const step = total === 0 ? 0 : Math.floor(movedBytes(transfer, progress) / total * STEPS);
    const told = this.#told.get(id);
    if (told === undefined) {
      this.#told.set(id, { sinceMs: nowMs, step });
      return undefined;
    }
    if (step <= told.step || step >= STEPS || nowMs - told.sinceMs < QUICK_MS) return undefined;
    this.#told.set(id, { ...told, step });
    return transferLine(transfer, progress);
  }
}
