/** Every spelling of the five seeds that is a slash command here leads to the command that does it, in any case. */

import { equal } from "node:assert/strict";
import { CONSOLE_TABLE } from "../../../lib/admin/console/console_table.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";

const SLASH: Readonly<Record<string, string>> = {
  // S0
  ls: "ls",
  send: "send",
  y: "y",
  n: "n",
  info: "info",
  active: "who",
  // S2
  viewusers: "who",
  messageto: "msg",
  changegrant: "grant",
  kickuser: "kick",
  viewkickusers: "kicklist",
  pardon: "unkick",
  unkick: "unkick",
  disconnect: "quit",
  reconnect: "reconnect",
  restart: "restart",
  busy: "busy",
  away: "busy",
  free: "free",
  help: "help",
  // S3
  BCM: "broadcast",
  ATU: "who",
  SRB: "room new",
  SRS: "room new",
  SRM: "room say",
  RDM: "rdm",
  OUT: "quit",
  logout: "logout",
};

const CONSOLE: Readonly<Record<string, string>> = {
  db: "db",
  active: "active",
  info: "info",
  kickuser: "kick",
  viewkickusers: "kicklist",
  changegrant: "grant",
  exit: "exit",
  quit: "exit",
  stop: "exit",
};

Deno.test("rows S2.14, S2.15, S2.23: the seeds' spellings are commands of the dialogue and of the console", () => {
  for (const [table, spellings] of [[SLASH_TABLE, SLASH], [CONSOLE_TABLE, CONSOLE]] as const) {
    for (const [spelling, name] of Object.entries(spellings)) {
      equal(table.find([spelling])?.row.name, name, spelling);
      equal(table.find([spelling.toLowerCase()])?.row.name, name, spelling);
    }
  }
});
