/** The verbs of the server program, as data, and the program that they make. */

import { VERSION } from "../base/version.ts";
import { CommandTable } from "../commands/command_table.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import { readThirdPartyLicenses } from "../storage/third_party_licenses.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { CARE_COMMANDS } from "./maintenance_commands.ts";
import { BOT_TOKEN_COMMANDS } from "./bot_token_commands.ts";
import { completionCommands } from "./completion_commands.ts";
import { invite } from "./invites.ts";
import { DATA_VERBS } from "./moderation/data_verbs.ts";
import { showPaths } from "./places.ts";
import { RUNNING_VERBS } from "./running_verbs.ts";
import { status } from "./status.ts";
import { importUsers } from "./user_import.ts";
import { unlockUser } from "./unlock.ts";

const STATUS: AdminCommand = {
  name: "status",
  group: "Server",
  summary: "say whether the server runs and answers, and what it is",
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "status --json", summary: "for a health check; 5 when it does not run" }],
  exitCodes: [5],
  run: status,
};

const PATHS: AdminCommand = {
  name: "paths",
  group: "Server",
  summary: "say where the server keeps its files",
  options: [JSON_OPTION],
  examples: [{ line: "paths", summary: "show the folders" }],
  run: showPaths,
};

const LICENSES: AdminCommand = {
  name: "licenses",
  group: "Server",
  summary: "print the licences of all that is in this program",
  details:
    "Of each package, of the JPEG decoder and of the runtime, with their texts. Heliograph itself is under the MIT licence.",
  examples: [{ line: "licenses | less", summary: "read them page by page" }],
  async run(io) {
    await io.out((await readThirdPartyLicenses()).trimEnd());
    return EXIT.done;
  },
};

const USER_IMPORT: AdminCommand = {
  name: "user import",
  group: "People",
  summary: "make accounts from a list of names and passwords",
  details:
    "A line each: the name, a blank, and the password, which may hold blanks and any character. Empty lines and lines that " +
    "begin with # are skipped. Passwords are hashed at once and never kept. Whoever signs in for the first time gets a new " +
    "identity, which only that person has, and is told that you chose the password.",
  arguments: [{ name: "FILE", summary: "the list, UTF-8", required: true }],
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "user import credentials.txt", summary: "beside a running server, too" }],
  exitCodes: [4, 6],
  run: importUsers,
};

const USER_UNLOCK: AdminCommand = {
  name: "user unlock",
  aliases: ["unlock"],
  group: "People",
  summary: "let somebody sign in who is locked after wrong passwords",
  details:
    "From everywhere, and at once. Asks the server that runs; a server that starts anew has no locks.",
  arguments: [{ name: "NAME", summary: "an account", required: true }],
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "user unlock alice", summary: "alice may try again" }],
  exitCodes: [4, 5],
  run: unlockUser,
};

const INVITE: AdminCommand = {
  name: "invite",
  group: "People",
  summary: "print a link that lets somebody register",
  details:
    "Needed when the server runs with --registration invite. The link is a secret: whoever has it can make an account. " +
    "It also names the server's fingerprint, so that the first contact is certain. Works beside a running server.",
  options: [
    { flag: "--uses", valueName: "N", summary: "how many accounts it makes, else 1" },
    { flag: "--expires", valueName: "TIME", summary: "such as 30m, 12h or 7d, else 7d" },
    {
      flag: "--address",
      valueName: "HOST:PORT",
      summary: "where others reach the server, when that is not its own address",
    },
    DATA_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { line: "invite > alice.invite", summary: "for one account, good for a week" },
    {
      line: "invite --uses 20 --expires 1d --address chat.example.org",
      summary: "for a group, by the server's public name",
    },
  ],
  exitCodes: [5],
  run: invite,
};

/** Feeds the command line, help, man pages and completions. */
export const ADMIN_TABLE: CommandTable<AdminCommand> = new CommandTable([
  ...RUNNING_VERBS,
  STATUS,
  PATHS,
  LICENSES,
  ...completionCommands(() => ADMIN_PROGRAM),
  ...CARE_COMMANDS,
  USER_IMPORT,
  ...DATA_VERBS,
  USER_UNLOCK,
  INVITE,
  ...BOT_TOKEN_COMMANDS,
]);

/** The whole command line of the server program. */
export const ADMIN_PROGRAM: ProgramSpec<AdminCommand> = {
  name: "heliograph-server",
  version: VERSION,
  summary: "The server of Heliograph: keeps sealed messages, plays its own videos",
  table: ADMIN_TABLE,
  options: [],
};
