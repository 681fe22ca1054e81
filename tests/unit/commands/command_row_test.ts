import { deepEqual, rejects } from "node:assert/strict";
import { finish, type Running } from "../../../lib/commands/command_row.ts";

interface Kinds {
  "step": { readonly number: number };
}

const step = (number: number) => [{ kind: "step", facts: { number } }] as const;

/** A row that holds something while it runs. */
function holding(done: string[]): Running<Kinds> {
  return (async function* () {
    try {
      yield step(1);
      yield step(2);
      done.push("ran");
      return { reports: step(3) };
    } finally {
      done.push("let go");
    }
  })();
}

Deno.test("what a row tells on the way is told in turn, before its result", async () => {
  const told: unknown[] = [];
  const done: string[] = [];
  const { reports } = await finish(holding(done), (some) => {
    told.push(...some);
    return Promise.resolve();
  });
  deepEqual(told, [...step(1), ...step(2)]);
  deepEqual(reports, step(3));
  deepEqual(done, ["ran", "let go"]);
});

Deno.test("a row lets go of what it holds when nobody can be told any more", async () => {
  const done: string[] = [];
  const unread = new Error("unread");
  await rejects(finish(holding(done), () => Promise.reject(unread)), unread);
  deepEqual(done, ["let go"]);
});
