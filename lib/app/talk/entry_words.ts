/** What is shown of an entry between the name of who said it and its delivery. Pure; foreign text may be in it. */

import type { Peer } from "../../base/ids.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import type { ShownEntry } from "../events.ts";
import { showName } from "../names.ts";
import { changeSummary, deletedWords } from "./change_words.ts";
import { protectionMark } from "./entry_lines.ts";

/** Who is called what, and how a text reads. */
export interface Names {
  /** Whether `:)` is shown as an emoji. */
  readonly emoticons: boolean;
  nameOf(peer: Peer): string;
  /** Whether the person compared this contact's safety number. */
  isVerified(peer: Peer): boolean;
}

/** A text as it is shown, and what stands before it: where a page shows the text of a change itself. */
export function entryWords(
  { entry, facts }: ShownEntry,
  names: Names,
): { readonly mark: string | undefined; readonly text: string } {
  const nameOf = (peer: Peer) => showName(names.nameOf(peer));
  const alone = (text: string) => ({ mark: undefined, text });
  if (entry.deletedBy !== undefined) return alone(deletedWords(entry, nameOf));
  if (entry.kind === "change") return alone(changeSummary(entry, facts.target?.number, nameOf));
  if (entry.kind === "notice") return alone(entry.text);
  const text = names.emoticons ? replaceEmoticons(entry.text) : entry.text;
  return { mark: protectionMark(entry), text };
}
