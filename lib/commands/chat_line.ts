/** What a line in the chat means: words to say, words for someone else, or a command. Pure. */

import { type CommandSpec, type CommandTable, usageOf, type Whole } from "./command_table.ts";
import { mayBeMeant, type RecipientLookup, type Resemblance, splitAddress } from "./address.ts";
import { exampleOf, isSeedWord, needsWhat, shoutedWord } from "./seed_words.ts";
import type { CommandValues } from "./command_values.ts";
import { readArguments } from "./read_arguments.ts";
import { suggest } from "./suggest.ts";
import { nextWord } from "./words.ts";

/** What to do with one line of the chat. */
export type ChatLine<Row extends CommandSpec, Recipient> =
  | { readonly kind: "empty" }
  /** To be said in the open conversation. */
  | { readonly kind: "text"; readonly text: string }
  /** `user:words` or `@user: words`, to be said to that one. */
  | { readonly kind: "addressed"; readonly to: Recipient; readonly text: string }
  | {
    readonly kind: "command";
    readonly row: Whole<Row>;
    readonly values: CommandValues;
    /** From `user:/command`: whom it is about, when the command itself does not say. */
    readonly to: Recipient | undefined;
  }
  /** Not to be sent before the person was asked: it may be for somebody else than who would get it. */
  | {
    readonly kind: "doubtful";
    /** All of it. */
    readonly text: string;
    readonly name: string;
    /** What stands behind the colon. */
    readonly rest: string;
    readonly resemblance: Resemblance<Recipient>;
  }
  /** A command of the Toom seed without its slash: not to be sent before the person was asked. */
  | { readonly kind: "shouted"; readonly text: string; readonly word: string }
  /** Not sent and not run. The message is for the person and holds words of the line. */
  | { readonly kind: "invalid"; readonly message: string };

/** What the meaning of a line depends on. */
export interface ChatLineOptions<Row extends CommandSpec, Recipient> {
  readonly table: CommandTable<Row>;
  readonly lookUp: RecipientLookup<Recipient>;
  /** Whom a name brings to mind that `lookUp` does not find. */
  readonly resemble: (name: string) => Resemblance<Recipient>;
  /** Whether plain text goes there anyway. */
  readonly isOpen: (recipient: Recipient) => boolean;
  /** False when the person has switched `user:message` off. */
  readonly colonAddressing: boolean;
}

/**
 * `/name …` is a command, `//text` says `/text`, and `user:text` goes to a user when what stands before the first colon is exactly a known
 * one, in quotes, behind an `@` or without. What only looks so is doubtful. A backslash in front takes all of that literally; elsewhere it stays.
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
  const found = findAddress(text, options);
  if (found?.kind === "doubtful") return found;
  if (found !== undefined) {
    const { to, text: rest } = found;
    if (rest === "") return { kind: "invalid", message: "Cannot send: the text is empty" };
    if (rest.startsWith("//")) return { kind: "addressed", to, text: rest.slice(1) };
    if (rest.startsWith("/")) return parseCommand(rest, options.table, to);
    return { kind: "addressed", to, text: rest };
  }
  const word = shoutedWord(text);
  if (word !== undefined) return { kind: "shouted", text, word };
  // Where it has several lines the blanks before the first are part of what was meant.
  if (text.includes("\n") && !text.startsWith("\\")) return { kind: "text", text: line.trimEnd() };
  return { kind: "text", text: unescapeStart(text, options) };
}

/** Whom the text is for, or may have been meant for. */
function findAddress<Row extends CommandSpec, Recipient>(
  text: string,
  { colonAddressing, lookUp, resemble, isOpen, table }: ChatLineOptions<Row, Recipient>,
): Extract<ChatLine<Row, Recipient>, { kind: "addressed" | "doubtful" }> | undefined {
  const address = colonAddressing ? splitAddress(text) : undefined;
  if (address === undefined) return undefined;
  const { name, rest } = address;
  const to = lookUp(name);
  if (to !== undefined) return { kind: "addressed", to, text: rest.trim() };
  const resemblance = resemble(name);
  if (resemblance.is === "spelling" && isOpen(resemblance.of)) return undefined;
  const isCommand = (called: string) => {
    const word = nextWord(called, 1);
    return word.kind === "word" && table.get(word.text) !== undefined;
  };
  if (!mayBeMeant(text, address, { resemblance, isCommand })) return undefined;
  return { kind: "doubtful", text, name, rest: rest.trim(), resemblance };
}

/** Drops a backslash only where it kept something from being a command, an address or a question: `\:)` is for the emoticons. */
function unescapeStart<Row extends CommandSpec, Recipient>(
  text: string,
  options: ChatLineOptions<Row, Recipient>,
): string {
  if (!text.startsWith("\\")) return text;
  const bare = text.slice(1);
  const isSpecial = bare.startsWith("/") || shoutedWord(bare) !== undefined ||
    findAddress(bare, options) !== undefined;
  return isSpecial ? bare : text;
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
export type ShellLine<Row extends CommandSpec> =
  | { readonly kind: "empty" }
  | { readonly kind: "command"; readonly row: Whole<Row>; readonly values: CommandValues }
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
    : `${result.problem}\n${shownAs(row, spelling, prefix)}`;
  return { kind: "invalid", message, row };
}

/** How a command is called, in the spelling that the person uses (the seeds have others). */
function shownAs(row: Whole, spelling: string, prefix: string): string {
  const called = respelled(row, spelling);
  return `Usage: ${prefix}${usageOf(called)}\nExample: ${prefix}${exampleOf(called)}`;
}

/** A row under another of its names, with its examples. */
function respelled<Row extends CommandSpec>(row: Row, spelling: string): Row {
  const { name } = row;
  const spell = (line: string) =>
    line === name || line.startsWith(`${name} `) ? spelling + line.slice(name.length) : line;
  const examples = row.examples.map((one) => ({ ...one, line: spell(one.line) }));
  return { ...row, name: spelling, examples };
}

/** A row as a line calls it that is this command: `/kickuser bob` is `kickuser`, whatever its usual name. */
export function asTyped<Row extends CommandSpec>(row: Row, line: string): Row {
  const words = (/^(?:[^/]*:\s*)?\/(.*)$/s.exec(line.trim())?.[1] ?? "").toLowerCase();
  const spelling = (row.aliases ?? []).find((one) => words === one || words.startsWith(`${one} `));
  return spelling === undefined ? row : respelled(row, spelling);
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
  return { kind: "invalid", message: `No command ${prefix}${first}. ${hint}` };
}
