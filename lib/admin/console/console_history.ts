/** The lines that were typed at the console, kept from one time to the next in the data folder. */

import { join } from "node:path";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { LineHistory } from "../../terminal/lines/line_history.ts";
import { readSmallText } from "../../storage/private_files.ts";

const log = logger("admin", "console");

/** A thousand lines of 200 bytes, and what several consoles may add before one begins the file anew. */
const MAX_FILE_BYTES = 512 * 1024;

/** Without its file, e.g. on a full disk, it still works for as long as the console is open. */
export class ConsoleHistory {
  readonly lines: LineHistory;
  readonly #path: string;

  private constructor(path: string, lines: LineHistory) {
    this.#path = path;
    this.lines = lines;
  }

  /** Never rejects: a console without a past is of use, too. */
  static async open(dataFolder: string): Promise<ConsoleHistory> {
    const path = join(dataFolder, "console.history");
    try {
      const text = await readSmallText(path, MAX_FILE_BYTES) ?? "";
      const lines = text.split("\n").filter((line) => line !== "");
      return new ConsoleHistory(path, new LineHistory(lines));
    } catch (error) {
      // Too large, or not to be read: it begins anew.
      log.debug("history not read", { reason: describeError(error) });
      return new ConsoleHistory(path, new LineHistory());
    }
  }

  /** As shells do, what begins with a blank is not kept. */
  add(line: string): void {
    if (line.trim() === "" || line.startsWith(" ")) return;
    this.lines.add(line);
    try {
      // 0600 by the umask of the program.
      Deno.writeTextFileSync(this.#path, `${line.replaceAll("\n", " ")}\n`, { append: true });
    } catch (error) {
      log.debug("history not written", { reason: describeError(error) });
    }
  }
}
