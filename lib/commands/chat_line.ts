/** What a line in the chat means: words to say, words for someone else, or a command. Pure. */

import { type CommandSpec, type CommandTable, usageOf } from "./command_table.ts";
import { exampleOf, isSeedWord, needsWhat } from "./seed_words.ts";
import type { CommandValues } from "./command_values.ts";
import { readArguments } from "./read_arguments.ts";
import { suggest } from "./suggest.ts";
import { nextWord } from "./words.ts";

/** Finds an account, or a room after `#`, by exactly this text; undefined when there is none. */
export type RecipientLookup<Recipient> = (name: string) => Recipient | undefined;

/** What to do with one line of the chat. */
export type ChatLine<Row, Recipient> =
  | { readonly kind: "empty" }
  /** To be said in the open conversation. */
  | { readonly kind: "text"; readonly text: string }
  /** `user:words`, to be said to that one. */
  | { readonly kind: "addressed"; readonly to: Recipient; readonly text: string }
  | {
    readonly kind: "command";
    readonly row: Row;
    readonly values: CommandValues;
    /** From `user:/command`: whom it is about, when the command itself does not say. */
    readonly to: Recipient | undefined;
  }
  /** Not sent and not run. The message is for the person and holds words of the line. */
  | { readonly kind: "invalid"; readonly message: string };

/** What the meaning of a line depends on. */
export interface ChatLineOptions<Row extends CommandSpec, Recipient> {
  readonly table: CommandTable<Row>;
  readonly lookUp: RecipientLookup<Recipient>;
  /** False when the person has switched `user:message` off. */
  readonly colonAddressing: boolean;
}

/** Never names, however they are registered: what begins so is a link. */
const RESERVED = new Set(["http", "https", "ftp", "file", "mailto", "heliograph"]);

/**
 * `/name …` is a command, `//text` says `/text`, and `user:text` goes to a user when what stands before the first colon is exactly a known
 * one, in quotes or without. A backslash in front takes either literally; elsewhere it stays.
 */
export function parseChatLine<Row extends CommandSpec, Recipient>(
  line: string,
  options: ChatLineOptions<Row, Recipient>,
): ChatLine<Row, Recipient> {
  const text = line.trim();
  if (text === "") return { kind: "empty" };
  if (text.startsWith("//")) return { kind: "text", text: text.slice(1) };
  if (text.startsWith("/")) {
    return parseCommand<Row, Recipient>(text, options.table, undefined);
  }
  const addressed = splitAddress(text, options);
  if (addressed !== undefined) {
    const { to, rest } = addressed;
    if (rest === "") return { kind: "invalid", message: "There is nothing to send" };
    if (rest.startsWith("//")) return { kind: "addressed", to, text: rest.slice(1) };
    if (rest.startsWith("/")) return parseCommand(rest, options.table, to);
    return { kind: "addressed", to, text: rest };
  }
  return { kind: "text", text: unescapeStart(text, options) };
}

function splitAddress<Row extends CommandSpec, Recipient>(
  text: string,
  options: ChatLineOptions<Row, Recipient>,
): { to: Recipient; rest: string } | undefined {
  const colon = text.indexOf(":");
  if (!options.colonAddressing || colon < 1) return undefined;
  const name = text.slice(0, colon);
  if (RESERVED.has(name.toLowerCase())) return undefined;
  const to = options.lookUp(name) ?? options.lookUp(withoutQuotes(name));
  return to === undefined ? undefined : { to, rest: text.slice(colon + 1).trim() };
}

/** A name with a blank is shown in quotes, and may be typed as it is shown. */
function withoutQuotes(name: string): string {
  return /^"(.+)"$/.exec(name)?.[1] ?? name;
}

/** Drops a backslash only where it kept something from being a command or an address: `\:)` is for the emoticons. */
function unescapeStart<Row extends CommandSpec, Recipient>(
  text: string,
  options: ChatLineOptions<Row, Recipient>,
): string {
  if (!text.startsWith("\\")) return text;
  const bare = text.slice(1);
  return bare.startsWith("/") || splitAddress(bare, options) !== undefined ? bare : text;
}

function parseCommand<Row extends CommandSpec, Recipient>(
  text: string,
  table: CommandTable<Row>,
  to: Recipient | undefined,
): ChatLine<Row, Recipient> {
  const result = parseShellLine(text.slice(1), table, "/");
  if (result.kind === "command") return { ...result, to };
  if (result.kind === "empty") return { kind: "text", text };
  return { kind: "invalid", message: result.message };
}

/** What to do with one line of a shell. */
export type ShellLine<Row> =
  | { readonly kind: "empty" }
  | { readonly kind: "command"; readonly row: Row; readonly values: CommandValues }
  /** `row` is the command whose arguments were wrong. */
  | { readonly kind: "invalid"; readonly message: string; readonly row?: Row };

/**
 * A line that can only be a command, as in the line-mode shells and the server's console. `prefix` is what stands before command
 * names there, for messages.
 */
export function parseShellLine<Row extends CommandSpec>(
  line: string,
  table: CommandTable<Row>,
  prefix = "",
): ShellLine<Row> {
  const ends: number[] = [];
  const words: string[] = [];
  for (let at = 0; words.length < 2;) {
    const word = nextWord(line, at);
    // Only plain words name a command: what is quoted is an argument.
    if (word.kind !== "word" || word.quoted) break;
    at = word.end;
    words.push(word.text);
    ends.push(word.end);
  }
  if (words.length === 0) {
    return line.trim() === "" ? { kind: "empty" } : unknownCommand(line.trim(), table, prefix);
  }
  const found = table.find(words);
  if (found === undefined) return unknownCommand(words.join(" "), table, prefix);
  const { row } = found;
  const result = readArguments(row, line, ends[found.nameWords - 1]);
  if (result.kind === "values") return { kind: "command", row, values: result.values };
  const spelling = words.slice(0, found.nameWords).join(" ");
  const message = result.isMissing === true && isSeedWord(spelling)
    ? needsWhat(row, spelling, prefix)
    : `${result.problem}\nUsage: ${prefix}${usageOf(row)}\nExample: ${prefix}${exampleOf(row)}`;
  return { kind: "invalid", message, row };
}

function unknownCommand<Row extends CommandSpec>(
  name: string,
  table: CommandTable<Row>,
  prefix: string,
): { readonly kind: "invalid"; readonly message: string } {
  const first = name.split(" ", 1)[0];
  const family = table.family(first);
  if (family.length > 0) {
    const members = family.map((row) => `${prefix}${row.name}`).join(", ");
    return { kind: "invalid", message: `${prefix}${first} needs one of: ${members}` };
  }
  const near = suggest(name, table.spellings) ?? suggest(first, table.spellings);
  const hint = near === undefined
    ? `${prefix}help lists them all`
    : `Did you mean ${prefix}${near}?`;
  return { kind: "invalid", message: `There is no command ${prefix}${first}. ${hint}` };
}
