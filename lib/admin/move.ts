/** `move`: a whole server from a file to PostgreSQL, and back (decision 0136). */

import { formatBytes } from "../base/byte_words.ts";
import { existsSync } from "node:fs";
import { StorageError, UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { parseStoreUrl, type StoreChoice } from "../server/config/store_url.ts";
import type { Move, Moved, MoveNews } from "../server/moving/moving.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath } from "./admin_io.ts";

const SCHEMES = /^postgres(ql)?:/;

/** Where a server is, or comes. */
type Place = { readonly folder: string } | { readonly store: StoreChoice };

/** Throws UsageError `bad-option`. */
function placeOf(io: AdminIo, values: CommandValues, flag: "--from" | "--to"): Place {
  const text = values.option(flag);
  if (text === undefined) throw new UsageError("bad-option", `${flag} is missing`);
  if (!SCHEMES.test(text)) return { folder: resolvePath(io, text) };
  return { store: storeOf(io, values, flag) };
}

/** The password of what `storeOf` reads. */
export const STORE_PASSWORD_OPTION = {
  flag: "--store-password-file",
  valueName: "FILE",
  summary: "the password of the database, one line",
} as const;

/** The database that `flag` names, which is there. Throws UsageError `bad-option`. */
export function storeOf(io: AdminIo, values: CommandValues, flag: string): StoreChoice {
  const url = values.option(flag) ?? "";
  const parsed = parseStoreUrl(url);
  if (!parsed.ok) throw new UsageError("bad-option", `${flag} ${parsed.message}`);
  const file = values.option(STORE_PASSWORD_OPTION.flag);
  const passwordFile = file === undefined ? undefined : resolvePath(io, file);
  return { place: parsed.place, url, passwordFile };
}

interface Planned extends Move {
  readonly isInto: boolean;
}

/** Throws UsageError. */
function plan(io: AdminIo, values: CommandValues): Planned {
  const from = placeOf(io, values, "--from");
  const to = placeOf(io, values, "--to");
  const data = dataFolder(io, values.option(DATA_OPTION.flag));
  if ("folder" in from && "store" in to) {
    return { ...apart(from.folder, data), choice: to.store, isInto: true };
  }
  if ("store" in from && "folder" in to) {
    return { ...apart(data, to.folder), choice: from.store, isInto: false };
  }
  throw new UsageError(
    "bad-option",
    "One of --from and --to is a folder, the other postgres://…",
  );
}

function apart(from: string, to: string): Pick<Move, "from" | "to"> {
  if (from !== to) return { from, to };
  throw new UsageError(
    "bad-option",
    `The source stays as it is: name another folder than ${from} for the server that comes`,
  );
}

async function move(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const planned = plan(io, values);
  const { from, to, isInto } = planned;
  if (!existsSync(from)) {
    throw new StorageError("not-found", `Cannot move ${from}: there is no such folder`);
  }
  const isJson = values.has(JSON_OPTION.flag);
  const told = (news: MoveNews) => isJson ? Promise.resolve() : io.note(newsWords(news));
  // With its client, only for who wants it.
  const { moveToFolder, moveToPostgres } = await import("../server/moving/moving.ts");
  const { clock, random } = io;
  const moved = await (isInto ? moveToPostgres : moveToFolder)(planned, { clock, random, told });
  if (isJson) await io.out(jsonLine("moved", { data: to, ...moved }));
  else await io.out(movedWords(moved));
  const store = isInto ? ` --store ${planned.choice.url}` : "";
  await io.note(`Start it by: heliograph-server serve --data ${to}${store}`);
  await io.note(`${from} stays as it was, and cannot be started any more`);
  return EXIT.done;
}

/** What a person is shown of a move on its way. */
export function newsWords(news: MoveNews): string {
  switch (news.step) {
    case "begun":
      return news.isResumed ? "Going on with the move that was begun" : "Moving";
    case "table":
      return `Copied ${news.table}`;
    case "spool":
      return `Copied ${news.spool.files} waiting files, ${formatBytes(news.spool.bytes)}`;
  }
}

function movedWords({ tables, spool }: Moved): string {
  const rows = (name: string) => tables.find(({ table }) => table === name)?.rows ?? 0;
  return `Moved and compared: accounts ${rows("account")}, devices ${rows("device")}, ` +
    `conversations ${rows("conversation")}, messages ${
      rows("envelope")
    }, waiting files ${spool.files}`;
}

/** The verb. */
export const MOVE: AdminCommand = {
  name: "move",
  group: "Server",
  summary: "move a server from its file to PostgreSQL, or back",
  details:
    "Stop the server first, all nodes of it. Accounts, rooms, messages, keys and waiting files are copied, and compared by counts and " +
    "hashes. The source is not changed but for a mark that it was moved, after which it is not started any more. Broken off, it " +
    "goes on where it was when called again. Into PostgreSQL, --data names the new data folder of the first node, for keys and " +
    "waiting files; out of it, --data names the data folder of a node.",
  options: [
    { flag: "--from", valueName: "PLACE", summary: "a data folder, or postgres://…" },
    { flag: "--to", valueName: "PLACE", summary: "postgres://…, or a new folder" },
    STORE_PASSWORD_OPTION,
    DATA_OPTION,
    JSON_OPTION,
  ],
  examples: [
    {
      line: "move --from data --to postgres://h@db/h --data node",
      summary: "then: serve --data node --store postgres://…",
    },
    {
      line: "move --from postgres://h@db/h --data node --to back",
      summary: "then: serve --data back",
    },
  ],
  exitCodes: [5, 10],
  run: move,
};
