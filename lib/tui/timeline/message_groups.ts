/** What stands on a page, in groups: who says several things within some minutes is named once. Pure, but for its memory. */

import { isSaid, type Item, type Page } from "../../app/conversations/model.ts";
import { beginsCard, type CardId, cardIdOf } from "../../app/conversations/cards.ts";
import { START } from "../../app/conversations/update.ts";
import { isAction, timeOf } from "./item_words.ts";

/** Something that is drawn, and what comes before it. */
export interface GroupedItem {
  readonly item: Item;
  /** It begins a group: of texts with the name of who says them. */
  readonly isHead: boolean;
  readonly isNewDay: boolean;
  /** What is new begins here. */
  readonly isFresh: boolean;
}

/** Longer after its first text, a group is over: the time is shown again. */
const GROUP_MS = 5 * 60_000;

const kept = new WeakMap<
  Page["items"],
  Pick<Page, "freshAfter" | "isWhole"> & { readonly groups: readonly GroupedItem[] }
>();

/** All of a page that is drawn, in its order. Walks over it once for each change of its items. */
export function groupsOf({ items, freshAfter, isWhole }: Page): readonly GroupedItem[] {
  const before = kept.get(items);
  if (before !== undefined && before.freshAfter === freshAfter && before.isWhole === isWhole) {
    return before.groups;
  }
  const begun = new Set(
    items.flatMap((item) =>
      item.kind === "entry" && beginsCard(item.entry) ? cardIdOf(item.entry) ?? [] : []
    ),
  );
  const groups: GroupedItem[] = [];
  let head: Item | undefined;
  let day = "";
  let isFresh = freshAfter === START;
  for (const item of items) {
    if (isDrawn(item, { begun, isWhole })) {
      const today = dayOf(timeOf(item));
      const isNewDay = today !== day;
      const isHead = isNewDay || isFresh || head === undefined || !goesOn(head, item);
      if (isHead) head = item;
      groups.push({ item, isHead, isNewDay, isFresh });
      day = today;
      isFresh = false;
    }
    if (item.key === freshAfter) isFresh = true;
  }
  kept.set(items, { freshAfter, isWhole, groups });
  return groups;
}

/**
 * What was done to a text is shown with that, and what became of files with their card: in a page it only says how far the
 * history was read. The card may stand further up than was read.
 */
function isDrawn(
  item: Item,
  { begun, isWhole }: { readonly begun: ReadonlySet<CardId>; readonly isWhole: boolean },
): boolean {
  if (item.kind === "line") return true;
  const id = cardIdOf(item.entry);
  if (id !== undefined && !beginsCard(item.entry)) return isWhole && !begun.has(id);
  return item.entry.kind !== "change";
}

function goesOn(head: Item, item: Item): boolean {
  if (isCard(head) || isCard(item)) return isCard(head) && isCard(item);
  if (!isSaid(head) || !isSaid(item)) return !isSaid(head) && !isSaid(item);
  // Who does it is said with each.
  if (isAction(head) || isAction(item)) return false;
  const { from, own, kind } = item.entry;
  const isSame = head.entry.from === from && head.entry.own === own;
  // Who reads a broadcast is said with each.
  return isSame && kind === "text" && head.entry.kind === "text" &&
    Math.abs(timeOf(item) - timeOf(head)) < GROUP_MS;
}

function isCard(item: Item): boolean {
  return item.kind === "entry" && beginsCard(item.entry);
}

function dayOf(atMs: number): string {
  return new Date(atMs).toDateString();
}
