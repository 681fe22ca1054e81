/** The dialogue of `--plain`: lines in, lines out, and not one escape sequence, for screen readers, pipes and logs. */

import { utf8 } from "../../base/bytes.ts";
import {
  DEFAULT_INDENT_CELLS,
  type DialogueInput,
  type LineDialogue,
  type PrintOptions,
  type ReadLineOptions,
} from "./dialogue.ts";
import type { LineSource } from "../input/line_source.ts";
import type { TerminalOutput } from "../output/output.ts";
import type { SafeText } from "../../base/safe_text.ts";
import { layOutLines } from "../cells/text_layout.ts";

/**
 * Append-only. The terminal, if there is one, stays in cooked mode: it echoes and edits the line, ctrl-C comes as SIGINT, and there
 * is no prompt, since a line that comes in would be written behind it.
 */
export class PlainDialogue implements LineDialogue {
  readonly #lines: LineSource;
  readonly #output: TerminalOutput;
  readonly #widthCells: () => number | undefined;
  readonly readAnswer: LineDialogue["readAnswer"];
  readonly ring: LineDialogue["ring"];

  /**
   * `widthCells` tells the width of the terminal, undefined for a pipe or file. `askHidden` reads a secret that is not echoed; left
   * out, nothing is asked. Owns neither `lines` nor `output`.
   */
  constructor(
    lines: LineSource,
    output: TerminalOutput,
    { widthCells, askHidden }: {
      readonly widthCells: () => number | undefined;
      readonly askHidden?: (() => Promise<DialogueInput>) | undefined;
    },
  ) {
    this.#lines = lines;
    this.#output = output;
    this.#widthCells = widthCells;
    // Whoever can be asked is at a terminal.
    this.ring = askHidden && (() => output.write(utf8("\x07")));
    this.readAnswer = askHidden && (async ({ prompt, isSecret, signal }) => {
      // A line of its own, since what comes in meanwhile would be written behind it.
      await this.print(prompt);
      if (isSecret) return await askHidden();
      return await this.readLine(signal === undefined ? {} : { signal });
    });
  }

  async print(text: SafeText, options: PrintOptions = {}): Promise<void> {
    const lines = layOutLines(text, {
      widthCells: this.#widthCells(),
      indentCells: Math.max(1, options.indentCells ?? DEFAULT_INDENT_CELLS),
    });
    await this.#output.write(utf8(lines.map((line) => `${line}\n`).join("")));
  }

  async readLine(options: ReadLineOptions = {}): Promise<DialogueInput> {
    const text = await this.#lines.next({ signal: options.signal });
    return text === undefined ? { kind: "ended" } : { kind: "line", text };
  }
}
