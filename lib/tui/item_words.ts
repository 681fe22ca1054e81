/** From what is stored to the words that are shown. */

import { onOneLine, type SafeText, safeText } from "../base/safe_text.ts";
import { isDirect } from "../client/store/conversation_kinds.ts";
import type { EntryFacts } from "../client/talk/facts.ts";
import { isSaid, type Item } from "../app/conversations/model.ts";
import type { TalkFacts } from "../app/conversations/talk.ts";

/** Who is called what, and how a text reads. */
export type Names = Pick<TalkFacts, "isVerified" | "nameOf" | "wordsOf">;

/** What is shown of something in a conversation. */
export interface ItemWords {
  /** Undefined for the program's own words. */
  readonly from: SafeText | undefined;
  /** Stands before the text, e.g. that a broadcast is readable by all. */
  readonly mark: SafeText | undefined;
  readonly text: SafeText;
}

/** The words of an item. */
export function wordsOf(item: Item, names: Names): ItemWords {
  if (item.kind === "line") {
    return { from: undefined, mark: undefined, text: safeText(item.text) };
  }
  const { mark, text } = names.wordsOf(item.entry);
  if (!isSaid(item)) return { from: undefined, mark: undefined, text: safeText(`* ${text}`) };
  const { own, peer, from } = item.entry;
  const name = own ? "you" : names.nameOf(isDirect(peer) ? peer : from);
  return {
    from: onOneLine(safeText(name)),
    mark: mark === undefined ? undefined : safeText(mark),
    text: safeText(text),
  };
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
