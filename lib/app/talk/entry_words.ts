/** What is shown of an entry between the name of who said it and its delivery. Pure; foreign text may be in it. */

import type { Peer } from "../../base/ids.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import type { ShownEntry } from "../events.ts";
import { showName } from "../names.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import { spokenText } from "./action.ts";
import { protectionMark } from "./entry_lines.ts";

/** Who is called what, and how a text reads. */
export interface Names {
  /** Whether `:)` is shown as an emoji. */
  readonly emoticons: boolean;
  nameOf(peer: Peer): string;
  /** Whether the person compared this contact's safety number. */
  isVerified(peer: Peer): boolean;
}

/** What stands in the place of a text that was deleted, below the name of who said it. */
function tombstone({ own, from, deletedBy }: HistoryEntry, names: Names): string {
  if (deletedBy === undefined || deletedBy === from) return own ? "you deleted this" : "deleted";
  return `deleted by ${showName(names.nameOf(deletedBy))}`;
}

/** A text as it is shown, and what stands before it. What was done to a text has no words of its own. */
export function entryWords(
  { entry }: Pick<ShownEntry, "entry">,
  names: Names,
): { readonly mark: string | undefined; readonly text: string } {
  const alone = (text: string) => ({ mark: undefined, text });
  if (entry.deletedBy !== undefined) return alone(tombstone(entry, names));
  if (entry.kind === "notice") return alone(entry.text);
  const text = names.emoticons ? replaceEmoticons(entry.text) : entry.text;
  return { mark: protectionMark(entry), text };
}

/** The same in a line that names its sender before it. */
export function spokenWords(shown: Pick<ShownEntry, "entry">, names: Names): string {
  const { kind, from } = shown.entry;
  const { mark, text } = entryWords(shown, names);
  return `${mark === undefined ? "" : `${mark} `}${spokenText(kind, text, names.nameOf(from))}`;
}
