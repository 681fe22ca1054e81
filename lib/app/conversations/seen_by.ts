/** Who has seen which own text last. Pure, but for its memory. */

import type { AccountId } from "../../base/ids.ts";
import type { SeenMark } from "../../client/store/attention.ts";
import { isSaid, type Model, pageOf, type Place } from "./model.ts";

/** Accounts by the key of the last own text that each of them has seen. */
export type SeenBy = ReadonlyMap<string, readonly AccountId[]>;

const NOBODY: SeenBy = new Map();
const kept = new WeakMap<
  readonly SeenMark[],
  { readonly items: readonly unknown[]; readonly by: SeenBy }
>();

/** Of a conversation. What a mark names and is not on the page is older than all of it. */
export function seenBy(model: Model, place: Place): SeenBy {
  const marks = place === undefined ? undefined : model.seen.get(place);
  if (marks === undefined) return NOBODY;
  const { items } = pageOf(model, place);
  const before = kept.get(marks);
  if (before?.items === items) return before.by;
  const by = new Map<string, AccountId[]>();
  for (const { account, id } of marks) {
    const at = items.findLastIndex((item) => item.kind === "entry" && item.entry.id === id);
    const own = items.slice(0, at + 1).findLast((item) => isSaid(item) && item.entry.own);
    if (own !== undefined) by.set(own.key, [...by.get(own.key) ?? [], account]);
  }
  kept.set(marks, { items, by });
  return by;
}
