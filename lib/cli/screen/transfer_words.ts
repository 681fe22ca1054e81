/** Files on their way, in the few words that a status line has room for. Pure. */

import type { Progress } from "../../client/transfers/meter.ts";
import { contentBytes, type Transfer } from "../../client/transfers/transfer.ts";
import { movedBytes } from "../files/transfer_lines.ts";

/** `1 offer: /y or /n`, `2 files 40%`, both, or nothing. */
export function transferWords(
  transfers: readonly Transfer[],
  progressOf: (id: Transfer["id"]) => Progress | undefined,
): string {
  const offers = transfers.filter(({ direction, state }) =>
    direction === "in" && state.state === "offered"
  );
  const moving = transfers.filter(({ state }) =>
    state.state === "uploading" || state.state === "receiving"
  );
  const parts: string[] = [];
  if (offers.length > 0) {
    parts.push(`${offers.length} ${offers.length === 1 ? "offer" : "offers"}: /y or /n`);
  }
  if (moving.length > 0) {
    const sum = (of: (transfer: Transfer) => number) =>
      moving.reduce((total, transfer) => total + of(transfer), 0);
    const total = sum(({ items }) => contentBytes(items));
    const moved = sum((transfer) => movedBytes(transfer, progressOf(transfer.id)));
    const percent = total === 0 ? 100 : Math.floor(moved / total * 100);
    const files = sum(({ items }) => items.length);
    parts.push(`${files} ${files === 1 ? "file" : "files"} ${percent}%`);
  }
  return parts.join(", ");
}
