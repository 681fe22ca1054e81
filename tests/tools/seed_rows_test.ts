/** docs/seed-rows.md names tests that are there, and leaves none of the 190 rows out. */

import { deepEqual, equal } from "node:assert/strict";

/** `| S0.09 | what | \`file\`: words |`; the first cell may be other words. */
const PROVEN = /^\| (.+?) +\| .+? \| `([^`]+)`: (.+?) +\|$/gm;
const OPEN = /^\| (S\d\.\d\d) +\| [^|]+\|$/gm;

const page = await Deno.readTextFile("docs/seed-rows.md");
const proven = [...page.matchAll(PROVEN)].map(([, row, file, words]) => ({ row, file, words }));
const open = [...page.matchAll(OPEN)].map(([, row]) => row);

/** `S0.09` to `S0.28` and so on. */
const PARTS: readonly (readonly [seed: number, from: number, to: number])[] = [
  [0, 1, 46],
  [1, 1, 28],
  [2, 1, 28],
  [3, 1, 60],
  [4, 1, 28],
];

function rowsOf([seed, from, to]: (typeof PARTS)[number]): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    return `S${seed}.${String(from + i).padStart(2, "0")}`;
  });
}

Deno.test("the page of the seeds' rows names a test that is there, with words that stand in it", async () => {
  equal(proven.length > 90, true);
  for (const { row, file, words } of proven) {
    const source = await Deno.readTextFile(file).catch(() => undefined);
    equal(typeof source, "string", `${row}: there is no ${file}`);
    equal(source?.includes(words), true, `${row}: ${file} has no '${words}'`);
  }
});

Deno.test("the page of the seeds' rows has each row once, proven or with the reason why not", () => {
  const rows = [...proven.map(({ row }) => row).filter((row) => row.startsWith("S")), ...open];
  deepEqual(rows.toSorted(), PARTS.flatMap(rowsOf).toSorted());
});
