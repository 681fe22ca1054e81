/** `--version` or `-V` alone, answered before the rest of a program is loaded. */

import { utf8 } from "../../base/bytes.ts";
import { VERSION } from "../../base/version.ts";

const FLAGS: readonly string[] = ["--version", "-V"];

/**
 * Whether the arguments ask for the version and nothing else; then it is printed. With more beside it the program's own reading of
 * arguments answers.
 */
export function answerVersion(program: string, args: readonly string[]): boolean {
  if (args.length !== 1 || !FLAGS.includes(args[0])) return false;
  try {
    Deno.stdout.writeSync(utf8(`${program} ${VERSION}\n`));
  } catch (error) {
    // Nobody reads any more.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return true;
}
