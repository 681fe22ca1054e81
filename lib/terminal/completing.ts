/** What tab makes of the text before the cursor. */

import type { Completer } from "../commands/completion.ts";
import { LineBuffer } from "./line_buffer.ts";

/** What tab led to. */
export type Completed =
  /** Nothing to go on with. */
  | { readonly kind: "ignored" }
  | { readonly kind: "changed" }
  /** Nothing yet: tab again when `ready` resolves. */
  | { readonly kind: "coming"; readonly ready: Promise<void> }
  /** There are several ways to go on. */
  | { readonly kind: "candidates"; readonly candidates: readonly string[] };

/** Writes as much as all candidates agree on. */
export function completeIn(buffer: LineBuffer, completer: Completer): Completed {
  const before = buffer.textBeforeCursor;
  const { from, candidates, coming } = completer(before);
  if (candidates.length === 0) {
    return coming === undefined ? { kind: "ignored" } : { kind: "coming", ready: coming };
  }
  const typed = before.slice(from);
  const common = candidates.length === 1 ? candidates[0] : commonStart(candidates);
  if (common.startsWith(typed) && common.length > typed.length) {
    buffer.insert(common.slice(typed.length));
    return { kind: "changed" };
  }
  if (candidates.length > 1) return { kind: "candidates", candidates };
  if (common === typed) return { kind: "ignored" };
  // The only candidate is spelt differently, e.g. in another case: it replaces what was typed.
  replaceWord(buffer, from, common);
  return { kind: "changed" };
}

/** Puts a text in the place of what was typed from `from` on, a UTF-16 offset into the text before the cursor. */
export function replaceWord(buffer: LineBuffer, from: number, text: string): void {
  const typed = buffer.textBeforeCursor.slice(from);
  buffer.deleteTo(buffer.cursor - countGraphemes(typed));
  buffer.insert(text);
}

function commonStart(texts: readonly string[]): string {
  let common = texts[0];
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}

function countGraphemes(text: string): number {
  const buffer = new LineBuffer();
  buffer.insert(text);
  return buffer.graphemes.length;
}
