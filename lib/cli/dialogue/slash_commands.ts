/** The commands of the line dialogue: rows of the command table that work with a chat. */

import { type CommandSpec, CommandTable } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { describeCommand, listCommands } from "../../commands/help.ts";
import { showPeople, showSafetyNumber, VERIFY_VERB, WHO_VERB } from "../people_verbs.ts";
import { showVideos, VIDEOS_VERB, WATCH_VERB, watchVideo } from "../video/video_verbs.ts";
import type { Chat } from "./chat.ts";

/** A command with what it does. `run` throws what went wrong; the dialogue puts it into words and goes on. */
export interface SlashCommand extends CommandSpec {
  run(chat: Chat, values: CommandValues): Promise<void>;
}

const PREFIX = { prefix: "/" };

const HELP: SlashCommand = {
  name: "help",
  aliases: ["?"],
  group: "Dialogue",
  summary: "list the commands, or explain one",
  arguments: [{ name: "COMMAND", summary: "which", required: false }],
  options: [],
  examples: [{ line: "help watch", summary: "all about /watch" }],
  exitCodes: [],
  async run({ paper }, values) {
    const name = values.argument("COMMAND")?.replace(/^\//, "");
    const row = name === undefined ? undefined : SLASH_COMMANDS.get(name);
    if (row !== undefined) return await paper.print(describeCommand(row, PREFIX).trimEnd());
    const unknown = name === undefined ? "" : `There is no command /${name}\n\n`;
    await paper.print(
      `${unknown}NAME:text says text to NAME, and lines without a name go to the same one\n\n` +
        listCommands(SLASH_COMMANDS, PREFIX).trimEnd(),
    );
  },
};

const TO: SlashCommand = {
  name: "to",
  aliases: ["chat"],
  group: "Messages",
  summary: "talk to someone: lines without a name go there",
  arguments: [{ name: "NAME", summary: "to whom", required: true }],
  options: [],
  examples: [{ line: "to bob", summary: "as bob: before each line" }],
  exitCodes: [],
  run: (chat, values) => chat.talkTo(values.required("NAME")),
};

const QUIT: SlashCommand = {
  name: "quit",
  aliases: ["exit", "bye"],
  group: "Dialogue",
  summary: "leave",
  arguments: [],
  options: [],
  examples: [{ line: "quit", summary: "what is not sent yet stays written down" }],
  exitCodes: [],
  run: (chat) => {
    chat.isLeaving = true;
    return Promise.resolve();
  },
};

/** The table of the dialogue. Rows that are verbs too keep their words; only what they work with differs. */
export const SLASH_COMMANDS: CommandTable<SlashCommand> = new CommandTable<SlashCommand>([
  TO,
  { ...WHO_VERB, run: ({ context, client }, values) => showPeople(context, client, values) },
  {
    ...VERIFY_VERB,
    run: async ({ context, client }, values) => {
      await showSafetyNumber(context, client, values);
    },
  },
  { ...VIDEOS_VERB, run: ({ context, client }) => showVideos(context, client) },
  {
    ...WATCH_VERB,
    run: ({ context, client, paper }, values) =>
      paper.aside(() => watchVideo(context, client, values)),
  },
  HELP,
  QUIT,
]);
