/** What a command reports that stays until transfers are over, and its words. */

import { HeliographError } from "../base/errors.ts";
import type { TransferId } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { formatBytes } from "../base/byte_words.ts";
import type { Progress } from "../client/transfers/meter.ts";
import { contentBytes, type Transfer } from "../client/transfers/transfer.ts";
import type { Report, Wording } from "../commands/wording.ts";
import type { Lasting } from "./person_row.ts";
import { movedBytes, transferFields, transferLine } from "./transfer_lines.ts";

/** Every kind of these reports. */
export interface MovingKinds {
  "progress": { readonly transfer: Transfer; readonly progress: Progress | undefined };
  /** It is over, or left. `kept`: of one that goes out, whether it must not be sent again. */
  "transfer": { readonly transfer: Transfer; readonly kept?: boolean };
  "interrupted-transfer": Record<never, never>;
}

/** Its words. */
export const MOVING_WORDING: Wording<MovingKinds> = {
  "progress": {
    aside: "for-people",
    fields: ({ transfer, progress }) => transferFields(transfer, progress),
    line: ({ transfer, progress }) => transferLine(transfer, progress),
  },
  "transfer": {
    fields: ({ transfer, kept }) => ({
      ...transferFields(transfer),
      ...(kept === undefined ? {} : { kept }),
    }),
    line: ({ transfer }) => {
      const isHere = transfer.direction === "in" && transfer.state.state === "done";
      return [
        transferLine(transfer),
        ...(isHere ? transfer.finished : []),
      ].join("\n");
    },
  },
  "interrupted-transfer": {
    isNote: true,
    line: () => "Interrupted. The same command resumes it",
  },
};

/** Nothing is lost with the connection. */
export const LOST_FILES: Lasting = {
  async lost({ transfers }, reason) {
    let bytes = 0;
    for (const one of await transfers.active()) {
      bytes += movedBytes(one, transfers.progressOf(one.id));
    }
    return `Connection lost: ${reason}. Will resume (${formatBytes(bytes)} verified)`;
  },
  runsTransfers: true,
  isAtOnce: true,
};

/** Whether the person stopped the command, and not what the connection cannot be had for. */
export function isStopped({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof HeliographError);
}

/** What is due to be told now of what is under way. */
export function progressReports(
  { transfers, clock }: Pick<Client, "transfers" | "clock">,
  teller: ProgressTeller,
  active: readonly Transfer[],
): readonly Report<MovingKinds>[] {
  return active.map((transfer) => ({ transfer, progress: transfers.progressOf(transfer.id) }))
    .filter(({ transfer, progress }) =>
      teller.lineOf(transfer, progress, clock.monotonicMs()) !== undefined
    )
    .map((facts) => ({ kind: "progress", facts }));
}

// Progress as lines that only append: one for each tenth of a transfer that takes its time. Pure.

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
