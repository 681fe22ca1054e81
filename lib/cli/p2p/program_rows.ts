/** Commands about the shell itself: help, exit, EOF. */

import { Refusal } from "../../base/errors.ts";
import type { CommandTable } from "../../commands/command_table.ts";
import { suggest } from "../../commands/suggest.ts";
import { helpOf, listDocumented } from "./shell_help.ts";
import type { ShellRow } from "./shell_row.ts";

/** Row S1.03, as the seed's own help lists them. */
const SEED_COMMANDS: readonly string[] = ["EOF", "conn", "exit", "help", "inbox", "init", "send"];

/** `table` is asked for when a command runs: these rows are in it themselves. */
export function programRows(table: () => CommandTable<ShellRow>): readonly ShellRow[] {
  const help: ShellRow = {
    name: "help",
    aliases: ["?"],
    group: "Shell",
    title: "List commands, or explain one",
    summary: "list the commands, or explain one",
    arguments: [{ name: "COMMAND", summary: "the command", required: false }],
    examples: [{ line: "help conn", summary: "explains conn" }],
    exitCodes: [4],
    completes: "commands",
    async run(desk, values) {
      const name = values.argument("COMMAND");
      if (name === undefined) {
        const commands = desk.options.isStrict === true ? SEED_COMMANDS : table().names;
        return await desk.say("help", { commands }, listDocumented(commands));
      }
      const row = table().get(name);
      if (row === undefined) throw noHelp(name, suggest(name, table().spellings));
      await desk.say("help", { command: row.name }, helpOf(row));
    },
  };
  return [help, exit, eof];
}

/** As the seed's library says it. */
function noHelp(name: string, near: string | undefined): Refusal {
  const hint = near === undefined ? "" : `. Did you mean ${near}?`;
  return new Refusal("unknown-command", `*** No help on ${name}${hint}`);
}

const exit: ShellRow = {
  name: "exit",
  aliases: ["quit"],
  group: "Shell",
  title: "Leave",
  summary: "leave the shell",
  details:
    "Messages to people who are offline stay and go out next time. With --wipe, or after a start with --ephemeral, it destroys the keys and then the database: nothing can be read any more.",
  options: [{ flag: "--wipe", summary: "destroy the keys, then the database" }],
  examples: [
    { line: "exit", summary: "leaves" },
    { line: "exit --wipe", summary: "leaves nothing behind" },
  ],
  run(desk, values) {
    desk.leave({ wipe: values.has("--wipe") });
    return Promise.resolve();
  },
};

const eof: ShellRow = {
  name: "EOF",
  group: "Shell",
  title: "Leave, as ctrl-D does",
  summary: "leave, as ctrl-D does",
  examples: [{ line: "EOF", summary: "leaves" }],
  run(desk) {
    desk.leave({ wipe: false });
    return Promise.resolve();
  },
};
