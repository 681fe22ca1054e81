/**
 * Every security requirement has a test that names it. `requirements.json` lists them by their marks: F foundation, R rooms
 * and people, O operation, X files and streams, D direct connections. `pending` holds those whose code is not here yet,
 * with the reason; it ends empty.
 */

import { deepEqual } from "node:assert/strict";

interface Requirements {
  readonly required: Readonly<Record<string, readonly number[]>>;
  readonly pending: Readonly<Record<string, string>>;
}

/** At the beginning of a title: `SR-20:`, or `SR-33, SR-34:`. */
const TITLE = /["'`]((?:SR-\d\d(?:, )?)+): /g;

const url = new URL("requirements.json", import.meta.url);
const { required, pending }: Requirements = JSON.parse(await Deno.readTextFile(url));

/** The numbers that stand in titles of tests, in this text. */
function numbersIn(source: string): number[] {
  return [...source.matchAll(TITLE)].flatMap(([, numbers]) =>
    [...numbers.matchAll(/SR-(\d\d)/g)].map(([, number]) => Number(number))
  );
}

/** Below `folder`, without what tests write there, and without this file, in which examples stand. */
async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory && name !== "tmp") yield* sourcesIn(path);
    else if (name.endsWith(".ts") && name !== "requirements_test.ts") yield path;
  }
}

async function namedNumbers(): Promise<ReadonlySet<number>> {
  const named = new Set<number>();
  for await (const path of sourcesIn("tests")) {
    for (const number of numbersIn(await Deno.readTextFile(path))) named.add(number);
  }
  return named;
}

const showNumbers = (numbers: Iterable<number>) =>
  [...numbers].sort((one, other) => one - other)
    .map((number) => `SR-${String(number).padStart(2, "0")}`);

Deno.test("requirements: each one that is due has a test that names it, or a reason why not yet", async () => {
  const named = await namedNumbers();
  const due = Object.values(required).flat();
  const missing = due.filter((number) => !named.has(number) && pending[number] === undefined);
  deepEqual(showNumbers(missing), []);
  const done = Object.keys(pending).map(Number).filter((number) => named.has(number));
  deepEqual(showNumbers(done), [], "these have tests now: take them out of pending");
});

Deno.test("requirements: the list is whole, and tests name no number that is not in it", async () => {
  const all = Object.values(required).flat();
  deepEqual(all.toSorted((one, other) => one - other), Array.from({ length: 81 }, (_, i) => i + 1));
  const unknown = [...await namedNumbers()].filter((number) => !all.includes(number));
  deepEqual(showNumbers(unknown), []);
});

Deno.test("requirements: a number counts at the beginning of a title, and nowhere else", () => {
  deepEqual(numbersIn('Deno.test("SR-01: a", f); { "SR-33, SR-34: b": f }'), [1, 33, 34]);
  deepEqual(numbersIn('// SR-01\nequal(x, "see SR-02"); Deno.test("about SR-03: c", f);'), []);
});
