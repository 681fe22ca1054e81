/** The text that a verb says: from its arguments, or from standard input. */

import { decodeUtf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";

/** For verbs with an argument `TEXT`. */
export const STDIN_OPTION: OptionSpec = {
  flag: "--stdin",
  summary: "read the text from standard input",
};

/** The argument `TEXT`, or all of standard input with `--stdin`. Throws UsageError with these words. */
export async function readText(
  values: CommandValues,
  options: { maxBytes: number; tooLong: string; empty: string },
): Promise<string> {
  const { maxBytes, tooLong, empty } = options;
  const text = values.argument("TEXT");
  if (!values.has("--stdin")) {
    if (text === undefined || text === "") throw new UsageError("text-empty", empty);
    return text;
  }
  const bytes = new Uint8Array(maxBytes + 1);
  let filled = 0;
  for (;;) {
    const count = await Deno.stdin.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
    if (filled > maxBytes) throw new UsageError("text-too-long", tooLong);
  }
  const read = decodeUtf8(bytes.subarray(0, filled));
  if (read === undefined) throw new UsageError("text-not-utf8", "Standard input is not text");
  return read.endsWith("\n") ? read.slice(0, -1) : read;
}
