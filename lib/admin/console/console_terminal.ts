/** Where a console reads and writes: an input line on a terminal, else line by line and not one escape sequence. */

import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import type { LineHistory } from "../../terminal/lines/line_history.ts";
import { LineSource } from "../../terminal/input/line_source.ts";
import { QueuedOutput } from "../../terminal/output/output.ts";
import { PlainDialogue } from "../../terminal/lines/plain_dialogue.ts";
import { TerminalDialogue } from "../../terminal/lines/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty/tty.ts";
import type { TtyDevice } from "../../terminal/tty/tty_device.ts";
import { nextWord, quoteWord } from "../../commands/words.ts";
import type { Completion } from "../../commands/completion.ts";
import { WHOM } from "../operator_row.ts";
import { CONSOLE_TABLE } from "./console_table.ts";

/** To the top, and erases everything. */
const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/** An opened one. */
export interface ConsoleTerminal {
  readonly dialogue: LineDialogue;
  /** Clears the screen, where there is one. */
  readonly clear: () => Promise<void>;
}

/** What is opened belongs to `owned`; closing that gives the terminal back. Throws TerminalError. */
export async function openConsoleTerminal(
  device: TtyDevice,
  owned: AsyncDisposableStack,
  options: {
    clock: Clock;
    /** Leaves editing to the terminal, or reads a pipe. */
    plain: boolean;
    history: LineHistory;
    names: () => readonly string[];
  },
): Promise<ConsoleTerminal> {
  const { clock, plain, history, names } = options;
  if (plain) {
    const output = owned.use(new QueuedOutput(device.output, { clock }));
    const widthCells = () => device.outputIsTerminal() ? device.size()?.columns : undefined;
    const dialogue = new PlainDialogue(new LineSource(device.input), output, { widthCells });
    return { dialogue, clear: () => Promise.resolve() };
  }
  const tty = owned.use(Tty.open(device, { clock }));
  restoreAtExit(tty, owned);
  const complete = (before: string) => completeConsoleLine(before, names());
  const dialogue = owned.use(await TerminalDialogue.open(tty, { history, complete }));
  return { dialogue, clear: () => tty.output.write(utf8(CLEAR_SCREEN)) };
}

/** A process that ends otherwise than it should must not leave the terminal raw. */
function restoreAtExit(tty: Tty, owned: AsyncDisposableStack): void {
  const restore = () => tty.restore();
  for (const event of ["unload", "error", "unhandledrejection"]) {
    globalThis.addEventListener(event, restore);
    owned.defer(() => globalThis.removeEventListener(event, restore));
  }
}

// What tab can make of a line of the console, out of its table. Pure.

const NOTHING: Completion = { from: 0, candidates: [] };

/** Commands first, then what their arguments can be: choices, and names of accounts. */
export function completeConsoleLine(before: string, names: readonly string[]): Completion {
  const slash = before.startsWith("/") ? 1 : 0;
  const command = nextWord(before, slash);
  if (command.kind !== "word" || command.end === before.length) {
    return match(before, slash, CONSOLE_TABLE.names);
  }
  const row = CONSOLE_TABLE.get(command.text);
  if (row === undefined) return NOTHING;
  if (row.name === "help") {
    return match(before, skipSpace(before, command.end), CONSOLE_TABLE.names);
  }
  let at = command.end;
  for (const argument of row.arguments) {
    const from = skipSpace(before, at);
    const word = nextWord(before, from);
    if (word.kind === "word" && word.end < before.length) {
      at = word.end;
      continue;
    }
    if (argument.name === WHOM.name) return match(before, from, names.map(quoteWord));
    return argument.choices === undefined ? NOTHING : match(before, from, argument.choices);
  }
  return NOTHING;
}

function skipSpace(before: string, at: number): number {
  return before.length - before.slice(at).trimStart().length;
}

function match(before: string, from: number, candidates: readonly string[]): Completion {
  const typed = before.slice(from).toLowerCase();
  const found = candidates.filter((candidate) => {
    const spelt = candidate.toLowerCase();
    // A quoted name is found without its quote, too.
    return spelt.startsWith(typed) || spelt.startsWith(`"${typed}`);
  });
  return { from, candidates: found.map((candidate) => `${candidate} `) };
}
