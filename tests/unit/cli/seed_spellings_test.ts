/** Every spelling of the five seeds that is a slash command here leads to the command that does it, in any case. */

import { equal, match, ok } from "node:assert/strict";
import { CONSOLE_TABLE } from "../../../lib/admin/console/console_table.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import type { ChatContext } from "../../../lib/cli/dialogue/slash_row.ts";
import { parseShellLine } from "../../../lib/commands/chat_line.ts";
import type { CommandValues } from "../../../lib/commands/command_values.ts";

const SLASH: Readonly<Record<string, string>> = {
  // S0
  ls: "ls",
  send: "send",
  y: "y",
  n: "n",
  info: "info",
  active: "who",
  // S2
  viewusers: "viewusers",
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

Deno.test("what was typed wrong is answered in the spelling that was used, and help lists every spelling", async () => {
  const said = (line: string) => {
    const parsed = parseShellLine(line, SLASH_TABLE, "/");
    return parsed.kind === "invalid" ? parsed.message : parsed.kind;
  };
  match(said("messageto"), /\nUsage: \/messageto NAME TEXT…\nExample: \/messageto /);
  match(said("ViewUsers x"), /\nUsage: \/ViewUsers\n/);
  match(said("msg"), /\nUsage: \/msg NAME TEXT…\nExample: \/msg /);
  const help = SLASH_TABLE.get("help");
  const lines: string[] = [];
  const showPage = (_page: unknown, them: string[]) => Promise.resolve(void lines.push(...them));
  const values = { argument: () => undefined } as unknown as CommandValues;
  const call = { values, to: undefined, offered: undefined };
  await help?.run({ showPage } as unknown as ChatContext, call);
  const text = lines.join("\n").toLowerCase().replaceAll("\n", " ");
  for (const spelling of Object.keys(SLASH)) {
    ok(new RegExp(`/${spelling.toLowerCase()}\\b`).test(text), spelling);
  }
});
