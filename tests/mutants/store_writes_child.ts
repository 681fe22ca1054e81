/** What `store_writes.ts` runs in its copy of the project: the tests of the store in this process, with one condition out. */

import { CALLS } from "../../lib/server/store/sqlite/calls.ts";
import { Database } from "../../lib/storage/database.ts";
import { markedIn, without } from "./conditions.ts";
import type { Placed, Told } from "./store_writes.ts";

/** The store's own tests, without those whose store is in a Worker, where no condition is out. */
const OWN =
  /^(store_(local|two|batch|batch_equal|bodies|bystanders)|incarnation|packed_error)_test\.ts$/;
/** What a test without a condition may wait for in vain. */
const TEST_LIMIT_MS = 60_000;
const FOLDER = "tests/unit/server";
const NOTES = "notes.json";

interface Test {
  readonly name: string;
  readonly run: (context: unknown) => unknown;
}

/** Which conditions a test comes by, and how long it takes. */
interface Note {
  readonly name: string;
  readonly hits: readonly number[];
  /** Of these, those of a transaction that writes. */
  readonly writes: readonly number[];
  readonly ms: number;
}

const placed: readonly Placed[] = JSON.parse(Deno.readTextFileSync("placed.json"));
const hits = new Set<number>();
const writes = new Set<number>();
let active: number | undefined;
let depth = 0;
let isReading = false;

function hit(id: number): void {
  hits.add(id);
  if (depth > 0 && !isReading) writes.add(id);
}

function tell(told: Told): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(told)}\n`));
}

/** A statement is prepared without the condition that is out, and notes those that it has when it runs. */
function watchDatabase(): void {
  const { query, command, transaction } = Database.prototype;
  const noting = (sql: string, run: (...values: never[]) => unknown) => {
    const marked = markedIn(sql);
    return (...values: never[]) => {
      marked.forEach(hit);
      return run(...values);
    };
  };
  const wrap = <Prepared extends object>(prepare: (sql: string) => Prepared) => (sql: string) => {
    const out = active === undefined ? sql : without(sql, active, placed[active].becomes);
    const prepared = prepare(out);
    if (active !== undefined || markedIn(sql).length === 0) return prepared;
    const noted = Object.entries(prepared).map(([name, run]) => [name, noting(sql, run)]);
    return Object.fromEntries(noted);
  };
  Object.assign(Database.prototype, {
    query(this: Database, sql: string, read: never) {
      return wrap((out) => query.call(this, out, read))(sql);
    },
    command(this: Database, sql: string) {
      return wrap((out) => command.call(this, out))(sql);
    },
    transaction(this: Database, action: () => unknown) {
      depth++;
      try {
        return transaction.call(this, action);
      } finally {
        depth--;
      }
    },
  });
}

/** A call that only reads judges no write, though others of its batch may write. */
function watchCalls(): void {
  for (const row of Object.values(CALLS)) {
    if (row.effect !== "read") continue;
    const run = row.run as (...given: readonly unknown[]) => unknown;
    Object.assign(row, {
      run(...given: readonly unknown[]) {
        isReading = true;
        try {
          return run(...given);
        } finally {
          isReading = false;
        }
      },
    });
  }
}

async function collectTests(): Promise<readonly Test[]> {
  const tests: Test[] = [];
  const declare = (...given: readonly unknown[]) => {
    const run = given.find((one) => typeof one === "function") as Test["run"];
    const name = given.find((one) => typeof one === "string") as string;
    tests.push({ name, run });
  };
  Object.defineProperty(Deno, "test", { value: declare });
  for (const { name } of Deno.readDirSync(FOLDER)) {
    if (OWN.test(name)) await import(`../unit/server/${name}`);
  }
  await import("../properties/store_test.ts");
  return tests;
}

/** Undefined when it passes. */
async function failureOf({ name, run }: Pick<Test, "name" | "run">): Promise<string | undefined> {
  const step = async (stepName: string, action: (context: unknown) => unknown) => {
    await action({ name: stepName, step });
    return true;
  };
  const hung = Promise.withResolvers<never>();
  const timer = setTimeout(() => hung.reject(new Error("it waits for ever")), TEST_LIMIT_MS);
  try {
    await Promise.race([run({ name, step }), hung.promise]);
    return undefined;
  } catch (error) {
    return `${name}: ${`${error}`.split("\n")[0].slice(0, 100)}`;
  } finally {
    clearTimeout(timer);
  }
}

async function note(tests: readonly Test[]): Promise<readonly Note[]> {
  const notes: Note[] = [];
  for (const test of tests) {
    hits.clear();
    writes.clear();
    const beganMs = performance.now();
    // One that fails by itself would seem to miss everything.
    const failure = await failureOf(test);
    if (failure !== undefined) {
      console.info(`left out: ${failure}`);
      continue;
    }
    const ms = Math.round(performance.now() - beganMs);
    notes.push({ name: test.name, hits: [...hits], writes: [...writes], ms });
  }
  return notes;
}

Object.assign(globalThis, {
  $mutant(id: number): boolean {
    hit(id);
    return id === active;
  },
});
globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());
console.log = console.error = console.warn = () => {};
console.info = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
watchDatabase();
watchCalls();
const tests = new Map((await collectTests()).map((test) => [test.name, test]));
const kept = await Deno.readTextFile(NOTES).catch(() => undefined);
const notes: readonly Note[] = kept === undefined
  ? await note([...tests.values()])
  : JSON.parse(kept);
await Deno.writeTextFile(NOTES, JSON.stringify(notes));
const reached = new Set(notes.flatMap((one) => one.writes));
tell({ kind: "noted", reached: [...reached], tests: notes.length });
for (const id of JSON.parse(Deno.readTextFileSync("todo.json")) as readonly number[]) {
  if (!reached.has(id)) continue;
  tell({ kind: "begun", id });
  active = id;
  const near = notes.filter((one) => one.hits.includes(id))
    .sort((one, other) => one.ms - other.ms);
  let missedBy: string | undefined;
  for (const { name } of near) {
    const test = tests.get(name);
    missedBy ??= test && await failureOf(test);
    if (missedBy !== undefined) break;
  }
  active = undefined;
  tell({ kind: "ended", id, missedBy });
}
Deno.exit(0);
