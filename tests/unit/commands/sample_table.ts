/** A small table with one of everything. */

import { CommandTable, type OptionSpec, type Whole } from "../../../lib/commands/command_table.ts";

const EXAMPLE = [{ line: "example", summary: "An example" }];

function row(part: Partial<Whole> & { name: string }): Whole {
  return {
    aliases: [],
    group: "Messages",
    summary: `Do ${part.name}`,
    arguments: [],
    options: [],
    examples: EXAMPLE,
    exitCodes: [],
    ...part,
  };
}

const TO = { name: "TO", summary: "A name or #room", required: true } as const;

export const SAMPLE_ROWS: readonly Whole[] = [
  row({
    name: "send",
    aliases: ["SRM", "messageto"],
    summary: "Send a message",
    details: "It is sealed.\n\nAlways.",
    arguments: [TO, { name: "TEXT", summary: "What to say", required: true, rest: "text" }],
    options: [
      { flag: "--wait", valueName: "STATE", choices: ["sent", "delivered"], summary: "Until when" },
      { flag: "--quiet", short: "-q", summary: "Say nothing" },
    ],
    examples: [{ line: "send bob hello", summary: "Say hello to bob" }],
    exitCodes: [4, 9],
  }),
  row({
    name: "get",
    group: "Files",
    arguments: [
      { name: "NAME", summary: "Whose", required: true },
      { name: "PATH", summary: "Which", required: true, rest: "words" },
    ],
    options: [{ flag: "--to", valueName: "DIR", summary: "Where to" }],
  }),
  row({ name: "whoami", group: "Session", aliases: ["me"] }),
  row({
    name: "say",
    arguments: [{ name: "TEXT", summary: "Words", required: false, rest: "text" }],
  }),
  row({
    name: "room new",
    group: "Rooms",
    arguments: [{ ...TO, name: "NAME", insteadBy: ["--name"] }],
    options: [{ flag: "--name", valueName: "ROOM", summary: "Its name" }],
  }),
  row({ name: "room list", group: "Rooms", aliases: ["rooms"] }),
  row({
    name: "stream",
    group: "Video",
    arguments: [TO],
    options: [
      { flag: "--p2p", valueName: "MODE", choices: ["only", "never"], summary: "How" },
      { flag: "--camera", valueName: "NAME", summary: "What" },
    ],
  }),
  row({
    name: "stream accept",
    group: "Video",
    options: [{ flag: "--p2p", valueName: "MODE", choices: ["only", "never"], summary: "How" }],
  }),
  row({
    name: "render",
    group: "Video",
    arguments: [{ name: "HOW", summary: "How", required: false, choices: ["sixel", "kitty"] }],
  }),
  row({ name: "debug", hidden: true }),
];

export const SAMPLE_TABLE = new CommandTable(SAMPLE_ROWS);

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flag: "--profile", valueName: "NAME", summary: "Which profile" },
  { flag: "--json", summary: "One object per line" },
];
