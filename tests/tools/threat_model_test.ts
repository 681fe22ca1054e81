/**
 * The threat model's promises are kept: every paragraph, list item and table row of it links to a test, or stands in
 * `UNTRIED` with the reason, and every number that it names stands in a title of a test that it links to.
 */

import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "./layers.ts";
import { listSources, reachedFrom, readGraph } from "./graph.ts";

/** Sections that say whom the page is about, and promise nothing. */
const SILENT = ["Who is against us", "Measured, and left as it is"];

/** Statements without a test, by the words with which they begin, under why they have none. */
const UNTRIED: Readonly<Record<string, readonly string[]>> = {
  "it owns up to what the server learns, and promises nothing": [
    "every account name",
    "identity keys, device certificates",
    "which accounts share a conversation",
    "whose key packages are fetched",
    "which videos of its library you watch",
    "**The video library is the server's own.**",
  ],
  "it says that nothing is done against it": [
    "hold a broadcast back",
    "refuse service, delete accounts",
    "**Your history is on your disk.**",
    "Memory is not locked",
  ],
  "it introduces what follows, or points there": [
    "What lies on your disk, what a program",
    "`heliograph p2p` has nobody in between",
    "`device remove` ends one device",
    "The CA's private key",
  ],
};

interface Statement {
  readonly section: string;
  readonly text: string;
}

/** The page's paragraphs, list items and table rows, each in one line, without headings and heads of tables. */
function statementsIn(page: string): Statement[] {
  return page.split(/^## /m).slice(1).flatMap((part) => {
    const section = part.slice(0, part.indexOf("\n"));
    const body = part.slice(section.length).replaceAll(/^\|.*\|\n\| -+ .*\|$/gm, "");
    return body.split(/\n\n+|\n(?=[-|] )/).map((text) => ({
      section,
      text: text.replaceAll(/\s+/g, " ").trim(),
    })).filter(({ text }) => text !== "");
  });
}

/** The tests that a statement links to, by their paths below the project. */
function testsOf({ text }: Statement): string[] {
  return [...text.matchAll(/\]\(\.\.\/(tests\/[^)#\s]+\.ts)\)/g)].map(([, path]) => path);
}

/** The numbers that a statement names, a range such as `SR-38 to SR-42` in full. */
function numbersOf({ text }: Statement): number[] {
  return [...text.matchAll(/SR-(\d\d)(?: to SR-(\d\d))?/g)].flatMap(([, first, last]) =>
    Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, i) => Number(first) + i)
  );
}

/** The numbers at the beginning of a test file's titles. */
function numbersTried(path: string): number[] {
  const source = readFileSync(join(PROJECT_ROOT, path), "utf8");
  return [...source.matchAll(/["'`]((?:[\w. -]+, )*SR-\d\d): /g)].flatMap((
    [, numbers],
  ) => [...numbers.matchAll(/SR-(\d\d)/g)].map(([, number]) => Number(number)));
}

/** The page, and what has one of its own. */
const PAGES = ["docs/threat-model.md", "docs/sent-pictures.md", "docs/your-machine.md"];
const page = PAGES.map((path) => readFileSync(join(PROJECT_ROOT, path), "utf8"))
  // What stands before the first section says what the page is about.
  .map((text) => text.slice(text.indexOf("\n## "))).join("\n");
const statements = statementsIn(page).filter(({ section }) => !SILENT.includes(section));
const begins = ({ text }: Statement) => text.replace(/^[-|] /, "").slice(0, 60);

Deno.test("SR-56: every statement of the threat model links to a test, or is kept with the reason why not", () => {
  const kept = Object.values(UNTRIED).flat();
  const isKept = (statement: Statement) =>
    kept.some((words) => begins(statement).startsWith(words));
  const bare = statements.filter((statement) => testsOf(statement).length === 0);
  deepEqual(bare.filter((one) => !isKept(one)).map((one) => `${one.section}: ${begins(one)}`), []);
  const over = kept.filter((words) => !bare.some((one) => begins(one).startsWith(words)));
  deepEqual(over, [], "these have tests now, or are gone: take them out of UNTRIED");
});

Deno.test("SR-56: every number on the threat model stands in a title of a test beside it", () => {
  const lost = statements.flatMap((statement) => {
    const tried = testsOf(statement).flatMap(numbersTried);
    return numbersOf(statement).filter((number) => !tried.includes(number))
      .map((number) =>
        `${statement.section}: SR-${String(number).padStart(2, "0")}: ${begins(statement)}`
      );
  });
  deepEqual(lost, []);
});

Deno.test("a statement is a paragraph, an item or a row, with its tests and all its numbers", () => {
  const found = statementsIn(
    "# T\n\nnot this\n\n## A\n\nOne\ntwo.\n\n- x ([`t`](../tests/a_test.ts),\n  SR-01 to SR-03)\n- y\n\n| h |\n| - |\n| z |\n",
  );
  deepEqual(found.map(({ text }) => text.slice(0, 8)), ["One two.", "- x ([`t", "- y", "| z |"]);
  deepEqual(testsOf(found[1]), ["tests/a_test.ts"]);
  deepEqual(numbersOf(found[1]), [1, 2, 3]);
  ok(statements.length > 100);
});

Deno.test("SR-68: nothing calls a text safe but what makes it so", () => {
  const casts = listSources(PROJECT_ROOT).filter((path) => path.startsWith("lib/"))
    .filter((path) =>
      /\bas (?:unknown as )?SafeText\b/.test(readFileSync(join(PROJECT_ROOT, path), "utf8"))
    );
  deepEqual(casts.sort(), ["lib/base/json_line.ts", "lib/base/safe_text.ts"]);
});

Deno.test("whoever watches runs no ffmpeg: nothing that shows videos and streams reaches it", async () => {
  // What a file takes only types of does not run with it.
  const graph = new Map(
    [...await readGraph(PROJECT_ROOT)].map(([path, file]) => [
      path,
      { ...file, imports: file.values },
    ]),
  );
  const ffmpeg = (entry: string) =>
    [...reachedFrom(graph, entry)].filter((path) => path.startsWith("lib/media/ffmpeg"));
  const watching = [
    "lib/cli/video/watch.ts",
    "lib/cli/video/open_viewer.ts",
    "lib/client/streams/lasting_watcher.ts",
  ];
  for (const entry of watching) deepEqual(ffmpeg(entry), [], entry);
  ok(ffmpeg("lib/cli/streams/stream_source.ts").length > 0, "the search finds it where it is");
});
