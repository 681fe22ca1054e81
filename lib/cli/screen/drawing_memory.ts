/** How pictures were drawn last on each terminal: a choice is made once. */

import { decodeUtf8, utf8 } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { writeFileAtomically } from "../../storage/atomic_file.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";

const log = logger("tui", "drawing");

const FILE = "drawing.json";
/** Terminals that are remembered; the oldest goes. */
const MAX_TERMINALS = 50;

/** Keeps one small file in a folder. What cannot be kept is chosen again. */
export class DrawingMemory {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was chosen on a terminal of that name; whatever the file says. */
  async recall(terminal: string): Promise<string | undefined> {
    return (await this.#read()).get(terminal);
  }

  /** Remembers a choice. */
  async keep(terminal: string, method: string): Promise<void> {
    const choices = await this.#read();
    choices.delete(terminal);
    choices.set(terminal, method);
    const newest = [...choices].slice(-MAX_TERMINALS);
    try {
      await makePrivateFolder(this.#folder);
      const text = JSON.stringify(Object.fromEntries(newest));
      await writeFileAtomically(`${this.#folder}/${FILE}`, utf8(`${text}\n`));
    } catch (error) {
      log.info("choice not kept", { reason: describeError(error) });
    }
  }

  async #read(): Promise<Map<string, string>> {
    try {
      const text = decodeUtf8(await Deno.readFile(`${this.#folder}/${FILE}`)) ?? "{}";
      const value: unknown = JSON.parse(text);
      if (typeof value !== "object" || value === null) return new Map();
      return new Map(
        Object.entries(value).filter((entry): entry is [string, string] =>
          typeof entry[1] === "string"
        ),
      );
    } catch (error) {
      // Not there yet, or written by somebody else: then nothing was chosen.
      log.debug("no choices", { reason: describeError(error) });
      return new Map();
    }
  }
}
