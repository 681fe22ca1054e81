/** What is said of a command that was not called right, and how the seeds' shouted words say it (row S3.52). Pure. */

import type { CommandSpec, Whole } from "./command_table.ts";

/** Commands of the Toom seed, which it spells in capitals. */
const SEED_WORDS: readonly string[] = ["bcm", "atu", "srb", "srs", "srm", "rdm", "upd", "out"];
/** Arguments that have another word where people read them. */
const NOUNS: Readonly<Record<string, string>> = { TO: "somebody", WHEN: "a time" };

/** Whether a command was called by a word of that seed. */
export function isSeedWord(spelling: string): boolean {
  return SEED_WORDS.includes(spelling.toLowerCase());
}

/** The word of that seed with which a line begins that was typed as the seed asks for: in capitals, without a slash. */
export function shoutedWord(line: string): string | undefined {
  const word = /^[A-Z]{3}(?=\s|$)/.exec(line)?.[0];
  return word !== undefined && isSeedWord(word) ? word : undefined;
}

/** The line that shows best how it is called: the last of its examples, and not its bare name while there is a fuller one. */
export function exampleOf({ examples, name }: CommandSpec): string {
  const full = examples.filter(({ line }) => line !== name);
  return (full[full.length - 1] ?? examples[examples.length - 1]).line;
}

/** `SRM needs a room and a text. Example: SRM 256 hi`. */
export function needsWhat(row: Whole, spelling: string, prefix = ""): string {
  const needs = row.arguments.filter(({ required }) => required)
    .map(({ name }) => NOUNS[name] ?? `a ${name.toLowerCase()}`);
  const last = needs.pop() ?? "nothing";
  const list = needs.length === 0 ? last : `${needs.join(", ")} and ${last}`;
  const shouted = spelling.toUpperCase();
  const rest = exampleOf(row).slice(row.name.length);
  return `${shouted} needs ${list}. Example: ${prefix}${shouted}${rest}`;
}
