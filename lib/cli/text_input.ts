/** The text that a verb says: from its arguments, or from standard input. */

import { decodeUtf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import { untilAborted } from "../base/scope.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import type { ByteSource } from "../terminal/input/input_reader.ts";
import type { CommandValues } from "../commands/command_values.ts";

/** For verbs with an argument `TEXT`. */
export const STDIN_OPTION: OptionSpec = {
  flag: "--stdin",
  summary: "read the text from standard input",
};

/** What is taken from standard input; each failure with its code and its words. */
export interface StandardInputText {
  readonly maxBytes: number;
  readonly tooLong: readonly [code: string, words: string];
  readonly notText: readonly [code: string, words: string];
}

/** The argument `TEXT`, or all of standard input with `--stdin`. Throws UsageError with these words, and the signal's reason. */
export async function readText(
  values: CommandValues,
  options: { maxBytes: number; tooLong: string; empty: string; signal: AbortSignal },
): Promise<string> {
  const { maxBytes, tooLong, empty, signal } = options;
  const text = values.argument("TEXT");
  if (!values.has("--stdin")) {
    if (text === undefined || text === "") throw new UsageError("text-empty", empty);
    return text;
  }
  const read = await readStandardInput({
    maxBytes,
    tooLong: ["text-too-long", tooLong],
    notText: ["text-not-utf8", "Standard input is not text"],
  }, signal);
  return read.endsWith("\n") ? read.slice(0, -1) : read;
}

/** All of standard input. Throws UsageError, and the signal's reason: the process must end then, as the read cannot be taken back. */
export async function readStandardInput(
  { maxBytes, tooLong, notText }: StandardInputText,
  signal: AbortSignal,
  source: ByteSource = Deno.stdin,
): Promise<string> {
  const bytes = new Uint8Array(maxBytes + 1);
  let filled = 0;
  for (;;) {
    const count = await untilAborted(source.read(bytes.subarray(filled)), signal);
    if (count === null) break;
    filled += count;
    if (filled > maxBytes) throw new UsageError(...tooLong);
  }
  const text = decodeUtf8(bytes.subarray(0, filled));
  if (text === undefined) throw new UsageError(...notText);
  return text;
}
