/** Files on their way, in the few words that a status line has room for. Pure. */

import type { MovingTransfer } from "../../app/conversations/cards.ts";
import { contentBytes, type Transfer } from "../../client/transfers/transfer.ts";
import { nameItems } from "../../client/transfers/describe.ts";
import { movedBytes } from "../../app/transfer_lines.ts";

/** `2 files 40%`, `✓ big.bin`, both, or nothing. What is offered is a request, and counted with those. */
export function transferWords(
  active: readonly MovingTransfer[],
  ended: readonly Transfer[] = [],
): string {
  const transfers = active.map(({ transfer }) => transfer);
  const progress = new Map(active.map((one) => [one.transfer.id, one.progress]));
  const moved = (transfer: Transfer) => movedBytes(transfer, progress.get(transfer.id));
  const moving = transfers.filter(({ state }) =>
    state.state === "uploading" || state.state === "receiving"
  );
  // To the members of a room it is one upload, which one of their transfers moves.
  const uploads = new Map<string, Transfer>();
  for (const transfer of moving) {
    const other = uploads.get(transfer.upload);
    if (other === undefined || moved(transfer) > moved(other)) {
      uploads.set(transfer.upload, transfer);
    }
  }
  const parts: string[] = [];
  if (moving.length > 0) {
    const sum = (of: (transfer: Transfer) => number) =>
      [...uploads.values()].reduce((total, transfer) => total + of(transfer), 0);
    const total = sum(({ items }) => contentBytes(items));
    const percent = total === 0 ? 100 : Math.floor(sum(moved) / total * 100);
    const files = sum(({ items }) => items.length);
    parts.push(`${files} ${files === 1 ? "file" : "files"} ${percent}%`);
  }
  const last = ended.at(-1);
  if (last !== undefined) {
    const sign = last.state.state === "done" ? "✓" : "✗";
    const more = ended.length > 1 ? ` and ${ended.length - 1} more` : "";
    parts.push(`${sign} ${nameItems(last.items)}${more}`);
  }
  return parts.join(", ");
}
