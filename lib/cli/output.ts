/** What the client's verbs say: data on standard output, everything else on standard error (docs/command-line.md). */

import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { jsonLine } from "../base/json_line.ts";
import { withIsoTimes } from "../commands/iso_times.ts";
import { indentContinuation, type SafeText, safeText } from "../base/safe_text.ts";
import { describeLineSimulation, type LineSimulation } from "../net/streams/line_simulation.ts";
import { QueuedOutput, type TerminalOutput } from "../terminal/output/output.ts";
import { layOutLines } from "../terminal/cells/text_layout.ts";
import { processTty } from "../terminal/tty/tty_device.ts";

/** Cells by which further lines of a text stand in, so that column 0 belongs to the program (SR-70). */
const INDENT_CELLS = 4;

/** Where a verb writes. */
export interface OutputStreams {
  readonly data: TerminalOutput;
  readonly notes: TerminalOutput;
  /** Width of the terminal that notes are read on, undefined for a pipe or file. */
  noteCells(): number | undefined;
}

/** Standard output and standard error. Closing writes what is queued. */
export class ProcessStreams implements OutputStreams, AsyncDisposable {
  readonly data: QueuedOutput;
  readonly notes: QueuedOutput;

  constructor(clock: Clock) {
    this.data = new QueuedOutput(processTty("stdout").output, { clock });
    this.notes = new QueuedOutput(processTty("stderr").output, { clock });
  }

  noteCells(): number | undefined {
    const device = processTty("stderr");
    return device.outputIsTerminal() ? device.size()?.columns : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.data.close();
    await this.notes.close();
  }
}

/** One fact for programs, as `--json` writes it, without the line break. */
export function objectLine(type: string, fields: Readonly<Record<string, unknown>>): SafeText {
  return jsonLine({ v: 1, type, ...withIsoTimes(fields) });
}

/** Writes records for programs or lines for people, as `--json` decides. */
export class Output {
  readonly isJson: boolean;
  readonly #streams: OutputStreams;
  readonly #isQuiet: boolean;

  constructor(streams: OutputStreams, options: { json: boolean; quiet?: boolean }) {
    this.#streams = streams;
    this.#isQuiet = options.quiet === true;
    this.isJson = options.json;
  }

  /** One line of data for people; nothing with `--json`. Foreign parts are made safe here. */
  async line(text: string): Promise<void> {
    if (!this.isJson) await write(this.#streams.data, safeText(text));
  }

  /** A text of the program itself, e.g. help, as it stands. */
  async page(text: string): Promise<void> {
    await this.#streams.data.write(utf8(safeText(text)));
  }

  /** One object of data for programs; nothing without `--json`. */
  async object(type: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    if (!this.isJson) return;
    await this.#streams.data.write(utf8(`${objectLine(type, fields)}\n`));
  }

  /** The same fact for people and for programs. */
  async fact(
    type: string,
    fields: Readonly<Record<string, unknown>>,
    text: string,
  ): Promise<void> {
    await this.object(type, fields);
    await this.line(text);
  }

  /** Something about what is being done, for people, unless they want to hear nothing; never data. */
  async note(text: string): Promise<void> {
    if (!this.#isQuiet) await this.complain(text);
  }

  /** What went wrong, for people: broken between words where a terminal is. */
  async complain(text: string): Promise<void> {
    const widthCells = this.#streams.noteCells();
    const lines = layOutLines(safeText(text), { widthCells, indentCells: INDENT_CELLS });
    await this.#streams.notes.write(utf8(lines.map((line) => `${line}\n`).join("")));
  }
}

async function write(stream: TerminalOutput, text: SafeText): Promise<void> {
  await stream.write(utf8(`${indentContinuation(text, INDENT_CELLS)}\n`));
}

// What a person is told while a worse line is simulated.

/** For every screen, so that nobody takes it for the real line. */
export function simulatedWords(line: LineSimulation): string {
  return `Simulated line: ${describeLineSimulation(line)}`;
}
