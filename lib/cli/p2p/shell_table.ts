/** Every command of the `~> ` shell: its help, completion and parsing come from here. */

import { EXPORT } from "../../app/commands/export.ts";
import { MESSAGES } from "../../app/commands/messages.ts";
import { VERIFY } from "../../app/commands/people.ts";
import { PEOPLE_WORDING, type PeopleKinds } from "../../app/commands/people_wording.ts";
import { INBOX, SEARCH } from "../../app/commands/reading.ts";
import type { ReadKinds } from "../../app/commands/reading_wording.ts";
import { BLOCKING } from "../../app/commands/requests.ts";
import { SEND, type SendKinds } from "../../app/commands/send.ts";
import { UNREAD } from "../../app/commands/unread.ts";
import { Refusal } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { CommandTable } from "../../commands/command_table.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { suggest } from "../../commands/suggest.ts";
import type { Wording } from "../../commands/wording.ts";
import { objectLine } from "../output.ts";
import { shellRowsOf, wantsObjects } from "./conversation_rows.ts";
import { FILE_ROWS } from "./file_rows.ts";
import { MEETING_ROWS } from "./meeting_rows.ts";
import { badge, saidWording } from "./p2p_words.ts";
import { helpOf, listDocumented } from "./shell_help.ts";
import type { ShellRow } from "./shell_row.ts";

// Commands about what is said: send, inbox, verify.

/** What is said to somebody, with their name as they write it. */
function sendWording({ name }: KnownPeer): Wording<SendKinds> {
  const fields = ({ id }: SendKinds["sent"]) => ({ id, to: name });
  return {
    "away": { fields: () => ({ name }), line: () => `You're not connected to ${name}` },
    "sent": { fields, line: () => [] },
    "queued": { fields, line: () => `Queued: it goes out when ${name} is back` },
  };
}

/** What somebody said, and how much. */
function inboxWording(peer: KnownPeer, own: string): Wording<ReadKinds> {
  const { name } = peer;
  return {
    ...saidWording(peer, own),
    "conversation": {
      type: "sender",
      fields: ({ heap: { theirs } }) => ({ name, messages: theirs }),
      line: ({ heap: { theirs } }) => `${name}  ${theirs}`,
    },
    "no-conversations": { isNote: true, line: () => [] },
    "no-messages": {
      type: "nothing",
      fields: () => ({ name }),
      line: ({ isSince }) => `No messages from ${name}${isSince ? " since then" : ""}`,
    },
  };
}

/** The number and how sure one is of it; the digits that were said are those of the other one, or they are not. */
function verifyWording(peer: KnownPeer): Wording<PeopleKinds> {
  const { name } = peer;
  const wrong = `These are not ${name}'s digits: nothing changed`;
  return {
    ...PEOPLE_WORDING,
    "safety-number": {
      type: ({ agrees }) => agrees === undefined ? "safety-number" : agrees ? "verified" : "error",
      fields: ({ number, trust, agrees }) => {
        if (agrees === undefined) return { name, number, trust };
        return agrees ? { name } : { code: EXIT.notVerified, name: "wrong-number", message: wrong };
      },
      line: ({ number, trust, agrees }) => {
        if (agrees !== undefined) return agrees ? `${name} is verified` : wrong;
        const is = badge(peer, trust === "verified");
        const known = is === "by invite" ? "known by an invite, not verified" : is;
        return [number, `${name} is ${known}. If they see the same number: verify ${name} NUMBER`];
      },
    },
    "compared": { isNote: true, line: () => [] },
  };
}

/** Rows about talking. */
const TALK_ROWS: readonly ShellRow[] = [
  ...shellRowsOf(SEND, sendWording),
  ...shellRowsOf(INBOX, inboxWording, {
    nothing: (desk, values) => {
      const words = "No messages yet";
      return desk.say("nothing", {}, wantsObjects(values) ? objectLine("nothing", {}) : words);
    },
  }),
  ...shellRowsOf(VERIFY, verifyWording),
];

// Commands about the shell itself: help, exit, EOF.

/** Row S1.03, as the seed's own help lists them. */
const SEED_COMMANDS: readonly string[] = ["EOF", "conn", "exit", "help", "inbox", "init", "send"];

/** `table` is asked for when a command runs: these rows are in it themselves. */
function programRows(table: () => CommandTable<ShellRow>): readonly ShellRow[] {
  const help: ShellRow = {
    name: "help",
    aliases: ["?"],
    group: "Shell",
    title: "List commands, or explain one",
    summary: "list the commands, or explain one",
    arguments: [{ name: "COMMAND", summary: "about which", required: false }],
    examples: [{ line: "help conn", summary: "all about conn" }],
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

/** The rows. */
export const SHELL_TABLE: CommandTable<ShellRow> = new CommandTable([
  ...MEETING_ROWS,
  ...TALK_ROWS,
  ...shellRowsOf(MESSAGES),
  ...shellRowsOf(UNREAD),
  ...shellRowsOf(SEARCH, saidWording),
  ...shellRowsOf(BLOCKING),
  ...shellRowsOf(EXPORT),
  ...FILE_ROWS,
  ...programRows(() => SHELL_TABLE),
]);
