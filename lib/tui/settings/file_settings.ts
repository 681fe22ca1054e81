/** Settings of `config.toml` beside those of the screen: each is `TABLE.NAME`, and is so from the next start on. Pure. */

import { parse, TomlError } from "smol-toml";

/** One that has a name of its own. */
interface FileRow {
  /** `TABLE.NAME`, as it is typed. */
  readonly name: string;
  readonly about: string;
  readonly takes: "text" | "switch" | "number" | "list";
}

/** All of them, in the order of the page. */
const FILE_ROWS: readonly FileRow[] = [
  { name: "video.mode", about: "how videos are watched", takes: "text" },
  { name: "video.sound", about: "when videos are heard", takes: "text" },
  { name: "video.subtitles", about: "the language of subtitles", takes: "text" },
  { name: "files.inbox", about: "where accepted files go", takes: "text" },
  { name: "files.outbox", about: "the folder that /ls lists", takes: "text" },
  { name: "hooks.message", about: "a program that gets messages", takes: "text" },
  { name: "hooks.request", about: "a program that gets requests", takes: "text" },
  { name: "hooks.answer", about: "what it prints is sent", takes: "switch" },
  { name: "hooks.timeout_seconds", about: "how long it may take", takes: "number" },
  { name: "p2p.mode", about: "connections past the server", takes: "text" },
  { name: "p2p.addresses", about: "where you can be reached", takes: "list" },
  { name: "p2p.port", about: "the UDP port for that", takes: "number" },
  { name: "classic.shell", about: "a shell instead of the screen", takes: "text" },
  { name: "privacy.delete_on_exit", about: "p2p leaves nothing behind", takes: "switch" },
];

/** Tables in which names are the person's, or are of other lists. */
const OPEN_TABLES: Readonly<Record<string, FileRow["takes"]>> = {
  colours: "text",
  keys: "list",
  aliases: "text",
};

/** A place in the file, and what is to stand there; undefined: nothing. */
export interface FileChange {
  readonly table: string;
  readonly key: string;
  /** TOML. */
  readonly value: string | undefined;
}

/** Typed for a setting that is to have no value. */
const NOTHING = "-";
const SWITCHES: Readonly<Record<string, string | undefined>> = {
  ...{ true: "true", on: "true", yes: "true" },
  ...{ false: "false", off: "false", no: "false" },
};

/** Undefined for a name that is none of them. */
export function fileChange(name: string, typed: string): FileChange | undefined {
  const [, table, key] = /^(\w+)\.([\p{L}\p{N}_-]+)$/u.exec(name) ?? [];
  if (table === undefined || key === undefined) return undefined;
  const takes = FILE_ROWS.find((row) => row.name === name)?.takes ?? OPEN_TABLES[table];
  if (takes === undefined) return undefined;
  // TOML has only these in a name without quotes.
  const written = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  const value = typed === NOTHING
    ? undefined
    : tomlOf(typed, name === "colours.nicks" ? "list" : takes);
  return { table, key: written, value };
}

function tomlOf(typed: string, takes: FileRow["takes"]): string {
  if (takes === "switch") return SWITCHES[typed] ?? JSON.stringify(typed);
  if (takes === "number") return /^\d{1,9}$/.test(typed) ? typed : JSON.stringify(typed);
  // A number of the palette is one in the file, too.
  const one = (text: string) => /^\d{1,3}$/.test(text) ? text : JSON.stringify(text);
  const words = typed.split(",").map((word) => word.trim()).filter((word) => word !== "");
  if (takes === "text") return one(typed);
  return words.length === 1 ? one(words[0]) : `[${words.map(one).join(", ")}]`;
}

/** A row of the page: what is so in the file. */
export interface FileValue {
  readonly name: string;
  /** As it is typed; `-` for what is as usual. */
  readonly value: string;
  readonly about: string;
}

/** Everything that the file says beside the screen's own, and what it could say. What is no TOML says nothing. */
export function fileValues(text: string): readonly FileValue[] {
  const tables = tablesOf(text);
  const valueOf = (table: string, key: string) => tables[table]?.[key];
  const named = FILE_ROWS.map(({ name, about }) => {
    const [table, key] = name.split(".");
    return { name, about, value: shown(valueOf(table, key)) };
  });
  const own = Object.keys(OPEN_TABLES).flatMap((table) =>
    Object.entries(tables[table] ?? {}).map(([key, value]) => ({
      name: `${table}.${key}`,
      about: table === "colours"
        ? "a colour of yours"
        : table === "keys"
        ? "keys of yours"
        : "a command of yours",
      value: shown(value),
    }))
  );
  return [...named, ...own];
}

function shown(value: unknown): string {
  if (value === undefined) return NOTHING;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function tablesOf(text: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  try {
    const whole = Object.entries(parse(text));
    return Object.fromEntries(
      whole.flatMap(([name, table]) =>
        typeof table === "object" && !Array.isArray(table) && !(table instanceof Date)
          ? [[name, { ...table }]]
          : []
      ),
    );
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return {};
  }
}
