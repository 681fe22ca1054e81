/**
 * The tables of the protocol's pages: names, types and numbers come from the code; what they mean is written by hand, and
 * stays with its name.
 */

import { FEATURES } from "../../lib/client/sync/families.ts";
import { failure, FAILURE_CODES } from "../../lib/protocol/failure.ts";
import { HOP_NOTICES, HOP_PUSHES, HOP_REQUESTS } from "../../lib/protocol/hop/mod.ts";
import * as limits from "../../lib/protocol/limits.ts";
import { ACTIONS, PERMITTED, ROLES } from "../../lib/protocol/permissions.ts";
import { P2P_MESSAGES } from "../../lib/protocol/p2p/mod.ts";
import { DIRECT_PACKETS } from "../../lib/protocol/peer/direct.ts";
import { STREAM_UNITS } from "../../lib/protocol/peer/stream.ts";
import { code, markdownTable } from "./command_pages.ts";
import { fieldRows, number } from "./message_fields.ts";

type Message = Parameters<typeof fieldRows>[0];

const PEER_MESSAGES = Object.fromEntries(FEATURES.families.kinds);

const MESSAGES: Readonly<Record<string, readonly Message[]>> = {
  failure: [failure],
  ...Object.fromEntries(
    Object.entries(HOP_REQUESTS).map(([kind, { request, reply }]) => [kind, [request, reply]]),
  ),
  ...Object.fromEntries(
    [HOP_NOTICES, HOP_PUSHES, P2P_MESSAGES, DIRECT_PACKETS, PEER_MESSAGES, STREAM_UNITS]
      .flatMap((table) => Object.entries<Message>(table))
      .map(([kind, message]) => [kind, [message]]),
  ),
};

/** A page with its tables as the code has them. Throws when something new has no words yet. */
export function refreshTables(page: string): string {
  return refreshNumbers(page).split(/^(?=#+ )/m).map((section) => {
    const kind = /^#### `([^`]+)`\n/.exec(section)?.[1];
    return kind === undefined ? section : refreshSection(section, kind);
  }).join("");
}

/** A request and its answer stand in one section, `Answer` between them. */
function refreshSection(section: string, kind: string): string {
  const parts = section.split(/^(?=Answer `)/m);
  return parts.map((part, i) => {
    const message = MESSAGES[kind]?.[i];
    return message === undefined ? part : refreshFields(part, message, kind);
  }).join("");
}

const FIELD_TABLE = /^\| field .*\n(?:\|.*\n?)*/m;

function refreshFields(part: string, message: Message, kind: string): string {
  const meanings = new Map(
    rowsOf(FIELD_TABLE.exec(part)?.[0] ?? "").map(([name, , meaning]) => [bare(name), meaning]),
  );
  const rows = fieldRows(message).map(({ name, type }) => {
    const meaning = meanings.get(bare(name));
    if (!meaning) throw new Error(`${kind}: say in docs/protocol what the field ${name} means`);
    return [code(name), type, meaning];
  });
  if (rows.length === 0) return part;
  const table = `${markdownTable(["field", "type", "meaning"], rows)}\n`;
  return FIELD_TABLE.test(part) ? part.replace(FIELD_TABLE, () => table) : `${part}\n${table}\n`;
}

/** The name of a field that may come to be absent, or no longer. */
function bare(name: string): string {
  return name.replaceAll(/[`?]/g, "");
}

/** The cells of a table's rows, without its head. */
function rowsOf(table: string): string[][] {
  return table.trimEnd().split("\n").slice(2).map((line) =>
    line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())
  );
}

/** Limits, failure codes and permissions in the tables that begin with their name. */
function refreshNumbers(page: string): string {
  const values: Readonly<Record<string, unknown>> = limits;
  const codes: Readonly<Record<string, number>> = FAILURE_CODES;
  const actions: Readonly<Record<string, string>> = ACTIONS;
  return page
    .replaceAll(/^(\| `([A-Z_]+)` +\| )[\d,]+/gm, (line, head, name) => {
      const value = values[name];
      return typeof value === "number" ? `${head}${number(value)}` : line;
    })
    .replaceAll(/^(\| `([a-z-]+)` +\| )\d+(?= +\|)/gm, (line, head, name) => {
      return codes[name] === undefined ? line : `${head}${codes[name]}`;
    })
    .replaceAll(/^\| `([a-z]+)` +\| `\/[^|]*\|[^|]*(?=\|)/gm, (line, name) => {
      const command = actions[name];
      if (command === undefined) return line;
      const roles = ROLES.filter((role) => PERMITTED[role].some((action) => action === name));
      return `| ${code(name)} | ${code(command)} | ${roles.join(", ")} `;
    });
}
