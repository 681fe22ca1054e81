/** Lines that nobody means, drawn from a seed, into everything that reads lines: both programs, the chat, the console, the shell. */

import { ok } from "node:assert/strict";
import { parseConsoleLine } from "../../lib/admin/console/console_line.ts";
import { CONSOLE_TABLE } from "../../lib/admin/console/console_table.ts";
import { ADMIN_PROGRAM } from "../../lib/admin/admin_table.ts";
import { SLASH_TABLE } from "../../lib/cli/dialogue/slash_table.ts";
import { SHELL_TABLE } from "../../lib/cli/p2p/shell_table.ts";
import { PROGRAM } from "../../lib/cli/verbs.ts";
import { parseChatLine, parseShellLine } from "../../lib/commands/chat_line.ts";
import type { CommandSpec, CommandTable } from "../../lib/commands/command_table.ts";
import { parseArgv } from "../../lib/commands/commander_adapter.ts";
import { parseMessageRef } from "../../lib/commands/message_ref.ts";
import type { ProgramSpec } from "../../lib/commands/program_help.ts";
import { parseTerms } from "../../lib/commands/terms.ts";
import { parseWhen } from "../../lib/commands/when.ts";
import { seeded } from "./seeded.ts";

type Draw = (below: number) => number;

const HERE = { nowMs: Date.UTC(2026, 0, 1), timeZone: "Europe/Berlin" };
/** What shells, clipboards and ill will leave in a line. */
const ODD: readonly string[] = [
  ...[
    "",
    "-",
    "--",
    "---",
    "-h",
    "--help",
    "--=",
    "--no-input=",
    "-xyz",
    "#1",
    "#",
    "@",
    ":",
    "/",
    "//",
    "\\",
  ],
  ...[
    "\u0000",
    "\u001b[2J",
    "\u202e",
    "\ufeff",
    "\ud800",
    "é",
    "é",
    "👩‍👩‍👧",
    "\r\n",
    "\t",
    '"',
    "'",
    "`",
    "$(x)",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "alice",
    "alice:",
    "alice:/kick",
    "0",
    "-1",
    "1e9",
    "9".repeat(400),
  ],
  ...[
    "2h",
    "1 Jun 2022 16:00:00",
    "31 Feb 2022",
    "yesterday",
    "9999999d",
    "../../etc",
    "a".repeat(5000),
  ],
];

function wordsOf(table: CommandTable<CommandSpec>): readonly string[] {
  return [
    ...table.spellings,
    ...table.rows.flatMap(({ options }) => options.map(({ flag }) => flag)),
  ];
}

function anyWord(draw: Draw, words: readonly string[]): string {
  const from = draw(3) === 0 ? ODD : words;
  const word = from[draw(from.length)];
  return draw(8) === 0 ? `${word}=${word}` : word;
}

const anyArgs = (draw: Draw, words: readonly string[]) =>
  Array.from({ length: draw(6) }, () => anyWord(draw, words));

async function readArgv<Row extends CommandSpec>(
  program: ProgramSpec<Row>,
  args: readonly string[],
): Promise<void> {
  const outcome = await parseArgv(program, args);
  if (outcome.kind === "usage") ok(outcome.message.length > 0, JSON.stringify(args));
}

/** Either it is understood, or there is a word about it. */
function requireWord(
  line: string,
  read: { readonly kind: string; readonly message?: string },
): void {
  if (read.kind === "invalid") ok((read.message ?? "").length > 0, JSON.stringify(line));
}

const READERS = [
  {
    table: SLASH_TABLE,
    read: (line: string) =>
      parseChatLine(line.startsWith("//") || line.startsWith("/") ? line : `/${line}`, {
        table: SLASH_TABLE,
        lookUp: (name) => name === "alice" ? name : undefined,
        resemble: () => ({ is: "unknown" }),
        isOpen: () => false,
        colonAddressing: true,
      }),
  },
  {
    table: SLASH_TABLE,
    read: (line: string) =>
      parseChatLine(line, {
        table: SLASH_TABLE,
        lookUp: (name) => name === "alice" ? name : undefined,
        resemble: () => ({ is: "unknown" }),
        isOpen: () => false,
        colonAddressing: line.length % 2 === 0,
      }),
  },
  { table: CONSOLE_TABLE, read: parseConsoleLine },
  { table: SHELL_TABLE, read: (line: string) => parseShellLine(line, SHELL_TABLE) },
] as const;

/** One in so many goes to the programs' own command lines: commander takes a hundred times as long. */
const ARGV_IN = 20;

/** Reads so many lines. Throws when one of them is neither understood nor answered in words, or breaks what reads it. */
export async function fuzzLines(seed: number, count: number): Promise<void> {
  const draw = seeded(seed);
  const words = READERS.map(({ table }) => wordsOf(table));
  const clientWords = wordsOf(PROGRAM.table);
  const serverWords = wordsOf(ADMIN_PROGRAM.table);
  for (let i = 0; i < count; i++) {
    if (draw(ARGV_IN) === 0) {
      await readArgv(PROGRAM, anyArgs(draw, clientWords));
      await readArgv(ADMIN_PROGRAM, anyArgs(draw, serverWords));
      continue;
    }
    const which = draw(READERS.length);
    const args = anyArgs(draw, words[which]);
    const line = args.join([" ", "  ", "\t", ""][draw(4)]);
    requireWord(line, READERS[which].read(line));
    parseTerms(line);
    parseWhen(line, HERE);
    parseMessageRef(args[0] ?? "");
  }
}
