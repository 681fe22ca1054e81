/** Which of the named paths are being sent to somebody already. */

import { join, resolve } from "node:path";
import type { Peer } from "../../base/ids.ts";
import { type OutgoingTransfer, placeOf, type Transfer } from "./transfer.ts";

/** A transfer goes on for a path when all that it sends is that file, or lies in that folder. */
export function findUnderWay(
  active: readonly Transfer[],
  peer: Peer,
  paths: readonly string[],
): { readonly underWay: readonly OutgoingTransfer[]; readonly left: readonly string[] } {
  const sending = active.filter((transfer) => transfer.direction === "out")
    .filter((transfer) => placeOf(transfer) === peer);
  const roots = paths.map((path) => resolve(path));
  const covers = ({ items }: OutgoingTransfer) => {
    const used = new Set<string>();
    for (const { source } of items) {
      const root = roots.find((one) => source === one || source.startsWith(join(one, "/")));
      if (root === undefined) return undefined;
      used.add(root);
    }
    return used;
  };
  const underWay = sending.filter((transfer) => covers(transfer) !== undefined);
  const used = new Set(underWay.flatMap((transfer) => [...covers(transfer) ?? []]));
  return { underWay, left: paths.filter((path) => !used.has(resolve(path))) };
}
