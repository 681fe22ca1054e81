/** The verbs of the server program, as data. */

import { CommandTable } from "../commands/command_table.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { BACKUP_COMMANDS } from "./backup_commands.ts";
import { rotateCa } from "./ca.ts";
import { invite } from "./invites.ts";
import { CONSOLE_VERB } from "./console/console_verb.ts";
import { DATA_VERBS } from "./order/data_verbs.ts";
import { showPaths } from "./places.ts";
import { serve } from "./serve.ts";
import { status } from "./status.ts";
import { importUsers } from "./user_import.ts";
import { unlockUser } from "./unlock.ts";

const SERVE: AdminCommand = {
  name: "serve",
  aliases: [],
  group: "Server",
  summary: "run the server until a signal ends it",
  details:
    "Prints its address, its fingerprint and an invite once it accepts connections. Logs go to standard error. On a terminal " +
    "it takes commands of its console, 'heliograph-server console' says more. " +
    "SIGHUP reads certificate and configuration again, unless standard input is a terminal. SIGTERM and ctrl-C tell the clients, wait up to ten seconds for them, and end with 0; a second signal ends at once.",
  arguments: [
    { name: "PORT", summary: "port on all addresses, 0 for any free one", required: false },
    { name: "ATTEMPTS", summary: "the same as --login-attempts", required: false },
  ],
  options: [
    {
      flag: "--listen",
      valueName: "HOST:PORT",
      summary: "where to listen, else 0.0.0.0:9797; port 0 takes any free one",
    },
    DATA_OPTION,
    { flag: "--videos", valueName: "DIR", summary: "the videos that everyone may watch" },
    {
      flag: "--login-attempts",
      valueName: "N",
      summary: "wrong passwords from one network before an account is locked for it, else 3",
    },
    {
      flag: "--lock-seconds",
      valueName: "S",
      summary: "length of the first lock, else 60; each further one is twice as long, up to 900",
    },
    {
      flag: "--registration",
      valueName: "WHO",
      choices: ["open", "invite", "closed"],
      summary: "who may make an account, else open",
    },
    {
      flag: "--tls",
      valueName: "MODE",
      choices: ["auto", "off"],
      summary: "off is possible on this machine's own address only",
    },
    { flag: "--ffmpeg", valueName: "PATH", summary: "the ffmpeg to use, else the one on PATH" },
    {
      flag: "--ready-file",
      valueName: "FILE",
      summary: "written as JSON when the server accepts connections, removed when it ends",
    },
    {
      flag: "--owner",
      valueName: "NAME",
      summary: "this account is owner, now or as soon as somebody registers the name",
    },
    {
      flag: "--message-rate",
      valueName: "N",
      summary:
        "messages a second that one account may send for long, else 50; 40 times that at once",
    },
    { flag: "--no-console", summary: "read no commands from the terminal" },
    {
      flag: "--supervised",
      summary:
        "a restart ends with 75, for systemd or another program that starts the server again",
    },
    {
      flag: "--log-format",
      valueName: "FORMAT",
      choices: ["text", "json"],
      summary: "how log lines look, else text",
    },
  ],
  examples: [
    { line: "serve", summary: "on port 9797 of all addresses" },
    { line: "serve 4000 3", summary: "on port 4000, with three attempts to sign in" },
    {
      line: "serve --listen 127.0.0.1:0 --ready-file ready.json",
      summary: "for this machine only, on any free port",
    },
  ],
  exitCodes: [5, 10, 11, 75],
  run: serve,
};

const STATUS: AdminCommand = {
  name: "status",
  aliases: [],
  group: "Server",
  summary: "say whether the server runs and answers, and what it is",
  arguments: [],
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "status --json", summary: "for a health check; 5 when it does not run" }],
  exitCodes: [5],
  run: status,
};

const PATHS: AdminCommand = {
  name: "paths",
  aliases: [],
  group: "Server",
  summary: "say where the server keeps its files",
  arguments: [],
  options: [JSON_OPTION],
  examples: [{ line: "paths", summary: "show the folders" }],
  exitCodes: [],
  run: showPaths,
};

const USER_IMPORT: AdminCommand = {
  name: "user import",
  aliases: [],
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

const CA_ROTATE: AdminCommand = {
  name: "ca rotate",
  aliases: [],
  group: "Server",
  summary: "give the server a new CA key that its clients follow by themselves",
  details:
    "The server must not run. The old key signs who comes next and is erased; clients that pinned it check that and pin the " +
    "new certificate. The fingerprint changes. Old invites stay good.",
  arguments: [],
  options: [
    DATA_OPTION,
    { flag: "--yes", summary: "do not ask" },
    JSON_OPTION,
  ],
  examples: [{ line: "ca rotate", summary: "after a copy of the data folder got lost" }],
  exitCodes: [5, 6, 7],
  run: rotateCa,
};

const INVITE: AdminCommand = {
  name: "invite",
  aliases: [],
  group: "People",
  summary: "print a link that lets somebody register",
  details:
    "Needed when the server runs with --registration invite. The link is a secret: whoever has it can make an account. " +
    "It also names the server's fingerprint, so that the first contact is certain. Works beside a running server.",
  arguments: [],
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
  SERVE,
  STATUS,
  CONSOLE_VERB,
  PATHS,
  ...BACKUP_COMMANDS,
  CA_ROTATE,
  USER_IMPORT,
  ...DATA_VERBS,
  USER_UNLOCK,
  INVITE,
]);
