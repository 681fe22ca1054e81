/** What was said of being busy, for the verb and for the dialogue. */

import { UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { parseBusyTerms } from "../commands/terms.ts";

/** Reads TEXT. Throws UsageError `bad-duration`; then nothing was changed. */
export function busyTermsOf(
  values: CommandValues,
): { readonly text: string; readonly durationMs: number | undefined } {
  const terms = parseBusyTerms(values.argument("TEXT") ?? "");
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return { text: terms.text, durationMs: terms.durationMs };
}
