/**
 * A command over the server's data: one row for the verb that works beside a server or without one, and for the server's
 * console.
 */

import { parseAccountName } from "../../base/account_name.ts";
import type { Clock } from "../../base/clock.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { ArgumentSpec, CommandSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { Moderation } from "../../server/moderation/moderation.ts";
import type { Store } from "../../server/store/store.ts";

/** Something that came of a command, for programs. */
export interface ResultFact {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What came of a command. */
export interface DataResult {
  readonly facts: readonly ResultFact[];
  /** For the person. */
  readonly lines: readonly string[];
  /** What a person should know beside it, e.g. that a list is empty. */
  readonly notes?: readonly string[];
  /** Left out: done. */
  readonly exit?: ExitCode;
}

/** What such a command works with. */
export interface DataContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly moderation: Moderation;
  readonly values: CommandValues;
  /** A command as it is typed here: `unkick anakin`, `heliograph-server user unkick anakin`. */
  typed(row: DataRow, rest: string): string;
  /** Whether somebody is connected; undefined when no server can be asked. */
  isOnline?(account: AccountId): boolean;
}

/** A row: its name is that on the console. */
export interface DataRow extends CommandSpec {
  readonly verb: string;
  readonly verbAliases: readonly string[];
  /** Throws StorageError, UsageError, Refusal; then nothing was changed. */
  run(context: DataContext): Promise<DataResult>;
}

/** The argument of everything that is done to somebody. */
export const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };
/** How long and why. */
export const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "how long, as 10m, 2h or 1d, and then why; without a time until it is taken back",
  required: false,
  rest: "text",
};
/** How many lines of a list. */
export const COUNT: ArgumentSpec = {
  name: "COUNT",
  summary: "how many at most, else 50",
  required: false,
};

/** What most rows have. */
export const COMMON = { group: "People", verbAliases: [] } as const;

/** One thing that was done. */
export function done(type: string, fields: ResultFact["fields"], line: string): DataResult {
  return { facts: [{ type, fields }], lines: [line] };
}

/** A list with its headings; nothing but `none` when it is empty. */
export function table<Item>(
  items: readonly Item[],
  options: {
    type: string;
    headings: readonly string[];
    none: string;
    fields(item: Item): ResultFact["fields"];
    cells(item: Item): readonly string[];
  },
): DataResult {
  const { type, headings, none, fields, cells } = options;
  const facts = items.map((item) => ({ type, fields: fields(item) }));
  if (items.length === 0) return { facts, lines: [], notes: [none] };
  return { facts, lines: columns([headings, ...items.map(cells)]) };
}

/** What is said when a command is about nobody. */
export function nobodyCalled(name: string): Refusal {
  return new Refusal("unknown-account", `There is nobody called ${name} here`);
}

/** The account that a command is about. Throws UsageError `bad-name`, Refusal `unknown-account`. */
export function accountOf({ values }: DataContext): AccountId {
  const parsed = parseAccountName(values.required(WHOM.name));
  if (parsed.ok) return parsed.id;
  // Nobody can have it: not what is wrong with a name that somebody wants.
  if (parsed.problem === "reserved") throw nobodyCalled(values.required(WHOM.name));
  throw new UsageError("bad-name", parsed.message);
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 100_000;

/** Reads `COUNT`. Throws UsageError. */
export function countOf({ values }: DataContext): number {
  const text = values.argument(COUNT.name);
  if (text === undefined) return DEFAULT_COUNT;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new UsageError(
    "bad-number",
    `COUNT is 1 to ${MAX_COUNT.toLocaleString("en")}, not ${text}`,
  );
}

/** `2026-01-01 00:00Z`: in lists every time is UTC. */
export function minute(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}

/** The last column is not padded. Names are counted by characters: good enough for a list. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => [...row[i]].length)));
  return rows.map((row) =>
    row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + " ".repeat(widths[i] - [...cell].length + 2)
    ).join("").trimEnd()
  );
}
