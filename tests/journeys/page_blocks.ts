/**
 * What the pages have one type, block by block. A block is fenced with `sh`, and words behind that, which a reader does not see,
 * say how it is run:
 *
 *     sh                        runs to its end, which is 0
 *     sh as=bob                 at bob's machine: in a HOME of his, in the folder that all of a page share
 *     sh ends=5                 runs to its end, which is 5
 *     sh until=hello            is repeated until it has printed that
 *     sh beside                 goes on beside the next blocks, and has ended with 0 when the page is over
 *     sh stays                  goes on until the page is over: a server, a bot
 *     sh needs=ffmpeg           runs where that program is
 *     sh no-run: REASON         is not run. Its commands and options are checked, and it is counted
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";

/** How a block goes on and comes to an end. */
export type BlockWay = "ends" | "beside" | "stays";

/** One fenced block for a shell. */
export interface PageBlock {
  /** `docs/guide.md:12`. */
  readonly where: string;
  readonly text: string;
  readonly as: string;
  readonly way: BlockWay;
  readonly code: number;
  readonly until?: string;
  readonly needs?: string;
  /** Why it is not run. */
  readonly noRun?: string;
}

/** Whose machine it is where a page does not say. */
const READER = "reader";

/** A fence begins at the edge of its page, whatever it is in. */
const FENCE = /^```(\S*)[ \t]*(.*)\n([^]*?)^```[ \t]*$/gm;

/** All blocks of a page for a shell. Throws when a command hides in another block. */
export function pageBlocks(page: string, source = readPage(page)): PageBlock[] {
  return [...source.matchAll(FENCE)].flatMap(({ 1: language, 2: marks, 3: text, index }) => {
    const where = `${page}:${source.slice(0, index).split("\n").length}`;
    if (language === "sh") return [readBlock(where, marks, text)];
    if (language === "") throw new Error(`${where}: which language is it?`);
    // Indented lines are what somebody sees or what a file holds.
    const command = text.match(/^(?:\$ )?(?:heliograph|heliograph-server|deno) .*$/m);
    if (command) throw new Error(`${where}: a command that nobody runs: ${command[0]}`);
    return [];
  });
}

function readPage(page: string): string {
  return Deno.readTextFileSync(join(PROJECT_ROOT, page));
}

function readBlock(where: string, marks: string, text: string): PageBlock {
  const [words, noRun] = marks.split(/\bno-run: */);
  if (noRun === "") throw new Error(`${where}: why is it not run?`);
  const known = new Map<string, string>();
  for (const word of words.split(" ").filter((word) => word !== "")) {
    const [name, value = ""] = word.split("=");
    if (!["as", "ends", "until", "needs", "beside", "stays"].includes(name)) {
      throw new Error(`${where}: what is ${word}?`);
    }
    known.set(name, value);
  }
  return {
    where,
    text,
    as: known.get("as") ?? READER,
    way: known.has("stays") ? "stays" : known.has("beside") ? "beside" : "ends",
    code: Number(known.get("ends") ?? 0),
    until: known.get("until"),
    needs: known.get("needs"),
    noRun,
  };
}

/** A call of one of the programs: its words before the first option, and its options. */
export interface PageCall {
  readonly where: string;
  readonly program: "client" | "server";
  readonly words: readonly string[];
  readonly options: readonly string[];
}

/** The calls of the programs in a block. */
export function blockCalls({ where, text }: PageBlock): PageCall[] {
  const calls = text.replaceAll("\\\n", " ").matchAll(
    /(?:^|[ (])(heliograph(?:-server)?)(?= |$)([^\n|>#;&)]*)/gm,
  );
  return [...calls].map(([, name, rest]) => readCall(where, name, rest));
}

/** The calls that a page names within its text, and that are more than the program's name. */
export function namedCalls(page: string): PageCall[] {
  const prose = readPage(page).replaceAll(FENCE, "");
  const calls = prose.matchAll(/`(heliograph(?:-server)?) ([^`|]+)(?:\|[^`]*)?`/g);
  return [...calls].map(([, name, rest]) => readCall(page, name, rest));
}

function readCall(where: string, name: string, rest: string): PageCall {
  const words = rest.trim().split(/\s+/).filter((word) => word !== "");
  const first = words.findIndex((word) => /^["'$<-]/.test(word));
  return {
    where,
    program: name === "heliograph" ? "client" : "server",
    words: first === -1 ? words : words.slice(0, first),
    options: words.flatMap((word) => word.match(/^--[a-z0-9-]+/)?.[0] ?? []),
  };
}
