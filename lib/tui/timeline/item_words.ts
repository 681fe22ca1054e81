/** From what is stored to the words that are shown. */

import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import { actionOf } from "../../app/talk/action.ts";
import { parseMarkdown } from "../../app/talk/markdown.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import { isSaid, type Item } from "../../app/conversations/model.ts";
import { entryWords, type Names } from "../../app/talk/entry_words.ts";
import { showName } from "../../app/names.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";

/** What is shown of something in a conversation. */
export interface ItemWords {
  /** Undefined for the program's own words. */
  readonly from: SafeText | undefined;
  /** Stands before the text, e.g. that a broadcast is readable by all. */
  readonly mark: SafeText | undefined;
  readonly text: SafeText;
}

/** What answers an invitation stands below while it waits for that; it is no use once it was answered. */
const INVITED_COMMANDS = /: room join \d+, or room decline \d+$/;

/** The words of an item. */
export function wordsOf(item: Item, names: Names): ItemWords {
  if (item.kind === "line") {
    return { from: undefined, mark: undefined, text: safeText(item.text) };
  }
  const { mark, text } = entryWords(item, names);
  const { id } = item.entry;
  if (!isSaid(item)) {
    const told = id === "invited" ? text.replace(INVITED_COMMANDS, "") : text;
    return { from: undefined, mark: undefined, text: safeText(`* ${told}`) };
  }
  const { own, peer, from } = item.entry;
  // Signs of ours stand behind it: a name that has them too is quoted (SR-70).
  const name = own ? "you" : showName(names.nameOf(isDirect(peer) ? peer : from));
  return {
    from: onOneLine(safeText(name)),
    mark: mark === undefined ? undefined : safeText(mark),
    text: safeText(text),
  };
}

/** What a text answers, on one line: who said it, and how it begins. Nothing of what was deleted or is gone. */
export function quoteOf({ target }: Pick<EntryFacts, "target">, names: Names): SafeText {
  if (target === undefined) return safeText("a message that is not on this device");
  const name = target.own ? "you" : showName(names.nameOf(target.from));
  if (target.deletedBy !== undefined) return safeText(`${name}: deleted`);
  const text = names.emoticons ? replaceEmoticons(target.text) : target.text;
  // As much as any row may have; a text can be of any length.
  const said = parseMarkdown(text.slice(0, MAX_QUOTE_UNITS)).map((line) => line.text).join(" ");
  return onOneLine(safeText(`${name}: ${said}`));
}

/** More does not fit into a row. */
const MAX_QUOTE_UNITS = 400;

/** A text that is still there: nothing can be done to lines of the program, to broadcasts, and to what was deleted. */
export function isText(item: Item): item is Extract<Item, { kind: "entry" }> {
  return isSaid(item) && item.entry.kind === "text" && item.entry.deletedBy === undefined;
}

/** `* alice `, before what she does; undefined for what is said. A check mark is a compared safety number: no name has one without quotes. */
export function actorOf(item: Item, names: Names): SafeText | undefined {
  if (!isText(item) || actionOf(item.entry.text) === undefined) return undefined;
  const { own, from } = item.entry;
  const mark = !own && names.isVerified(from) ? "✓" : "";
  return safeText(`* ${showName(names.nameOf(from))}${mark} `);
}

/** Somebody does something, which has no name above it. */
export function isAction(item: Item): boolean {
  return isText(item) && actionOf(item.entry.text) !== undefined;
}

/** What happens in every room every day; whatever else the program notes is to be seen. */
const SERVICE: ReadonlySet<string> = new Set([
  "about",
  "entered",
  "invited",
  "members-changed",
  "timer",
]);

/** Somebody came or went, a room was named: it stands back behind what is said. */
export function isService(item: Item): boolean {
  return item.kind === "entry" && item.entry.kind === "notice" && SERVICE.has(item.entry.id);
}

/** Where a file is that was taken: names in the line have no slash, so a path begins at the first one. */
export function receivedFile(item: Item): string | undefined {
  if (item.kind === "line" || item.entry.kind !== "notice" || item.entry.id !== "file-received") {
    return undefined;
  }
  return /, verified: (\/.*|[A-Za-z]:\\.*)$/s.exec(item.entry.text)?.[1];
}

/** When it was said. */
export function timeOf(item: Item): number {
  return item.kind === "line" ? item.atMs : item.entry.atMs;
}

/** Signs of how far an own text has come; one or two cells each. */
export const DELIVERY_SIGNS: Readonly<Record<NonNullable<EntryFacts["delivery"]>, string>> = {
  queued: "…",
  sealed: "…",
  sent: "✓",
  delivered: "✓✓",
  failed: "✗",
};
