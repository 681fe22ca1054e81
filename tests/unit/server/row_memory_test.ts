import { deepEqual, equal } from "node:assert/strict";
import { RowMemory } from "../../../lib/server/store/sqlite/row_memory.ts";

Deno.test("a row is read once in a round, also when there is none, and again in the next", () => {
  const rounds = { round: 0 };
  const asked: string[] = [];
  const memory = new RowMemory(rounds, (key: string) => {
    asked.push(key);
    return key === "none" ? undefined : key.length;
  });
  for (let i = 0; i < 2; i++) deepEqual([memory.get("four"), memory.get("none")], [4, undefined]);
  deepEqual(asked, ["four", "none"]);
  rounds.round++;
  equal(memory.get("four"), 4);
  deepEqual(asked, ["four", "none", "four"]);
});

Deno.test("no more than 20,000 rows are remembered", () => {
  let reads = 0;
  const memory = new RowMemory({ round: 0 }, () => ++reads);
  for (let key = 0; key < 20_000; key++) memory.get(key);
  equal(memory.get(20_000), 20_001);
  equal(memory.get(0), 20_002, "read again");
});
