/** One row above the line that is typed: what the text becomes, or what the keys do with the message that is picked. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Item } from "../../app/conversations/model.ts";
import { linksIn } from "../../app/talk/links.ts";
import { isRoom } from "../../base/ids.ts";
import { cardAt, cardKeys } from "../timeline/card_keys.ts";
import type { Aim } from "./composer.ts";
import type { Row, RowOptions } from "../drawing/item_lines.ts";
import { isText, receivedFile, wordsOf } from "../timeline/item_words.ts";
import type { Found, MessageCursor } from "../timeline/message_cursor.ts";
import { isLong } from "../timeline/message_rows.ts";

/** What there is to say. */
export interface BannerFacts {
  readonly aim: Aim | undefined;
  readonly item: Item | undefined;
  readonly sure: MessageCursor["sure"];
  /** The picked one is shown whole. */
  readonly isUnfolded: boolean;
  readonly found: Found | undefined;
  /** What came of the last key. Foreign text may be in it. */
  readonly note: string;
}

/** Undefined where there is nothing to say. */
export function bannerOf(
  { aim, item, sure, isUnfolded, found, note }: BannerFacts,
  options: RowOptions,
): Row | undefined {
  const { theme } = options;
  if (item !== undefined) {
    if (sure !== undefined) return [{ text: cut(QUESTIONS[sure], options), style: theme.alarm }];
    if (note !== "") return [{ text: cut(note, options), style: theme.notice }];
    return keyRow([...foundKeys(found), ...keysOf(item, isUnfolded, options)], options);
  }
  if (aim === undefined) return undefined;
  const what = aim.kind === "reply" ? " ↩ reply to " : " ✎ edit ";
  const end = " · escape drops it";
  const cells = options.widthCells - textWidthCells(what) - textWidthCells(end);
  return [
    { text: safeText(what), style: theme.cursor },
    { text: truncateToWidth(aim.about, Math.max(1, cells)), style: theme.quote },
    { text: safeText(end), style: theme.faint },
  ];
}

const QUESTIONS = {
  delete: "Delete it for everybody? d deletes · any other key does not",
  cancel: "Cancel it for both? x cancels · any other key does not",
} as const;

type KeyHint = readonly [key: string, does: string];

function foundKeys(found: Found | undefined): readonly KeyHint[] {
  if (found === undefined) return [];
  return [["n", `older ${found.at + 1}/${found.entries.length}`], ["N", "newer"]];
}

function keysOf(item: Item, isUnfolded: boolean, options: RowOptions): readonly KeyHint[] {
  const { names } = options;
  const keys: KeyHint[] = [];
  const card = cardAt(options, item);
  if (card !== undefined) return [...cardKeys(card, names), ["esc", "back"]];
  if (isLong(item, options)) keys.push(["enter", isUnfolded ? "fold" : "all of it"]);
  if (isText(item)) {
    keys.push(["r", "reply"], ["+", "react"]);
    if (item.entry.own) keys.push(["e", "edit"]);
    // In a room it may be the person's to keep order.
    if (item.entry.own || isRoom(item.entry.peer)) keys.push(["d", "delete"]);
  }
  keys.push(["y", "copy"]);
  const hasLink = linksIn(wordsOf(item, names).text).length > 0;
  if (hasLink || receivedFile(item) !== undefined) keys.push(["o", "open"]);
  return [...keys, ["esc", "back"]];
}

function keyRow(keys: readonly KeyHint[], { widthCells, theme }: RowOptions): Row {
  const row: Row[number][] = [];
  let left = widthCells;
  for (const [key, does] of keys) {
    const cells = 3 + key.length + does.length;
    // A hint that is cut is none.
    if (cells > left) break;
    left -= cells;
    row.push({ text: safeText(` ${key}`), style: theme.cursor });
    row.push({ text: safeText(` ${does} `), style: theme.faint });
  }
  return row;
}

function cut(words: string, { widthCells }: RowOptions) {
  const line = safeText(` ${onOneLine(safeText(words))}`);
  return truncateToWidth(line, Math.max(1, widthCells));
}
