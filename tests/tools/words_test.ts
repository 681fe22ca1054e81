import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "./layers.ts";
import { listSources } from "./graph.ts";
import { wrongWords } from "./words.ts";

Deno.test("house: one word for one thing", async () => {
  const wrong: string[] = [];
  for (const path of listSources(PROJECT_ROOT)) {
    wrong.push(...wrongWords(path, await Deno.readTextFile(join(PROJECT_ROOT, path))));
  }
  equal(wrong.join("\n"), "");
});

Deno.test("house: wrong words are found in names, comments and files, and not in strings", () => {
  const source = [
    'const label = "epoch.officers";',
    "const sql = `SELECT charter",
    "  FROM mls_group`;",
    "// Their road.",
    "let theirRoad = broadcast;",
    "const MAX_OFFICERS = 3;",
    "export class Feed {}",
    "const said = feedback.post(desk);",
  ].join("\n");
  deepEqual(wrongWords("lib/client/road.ts", source), [
    "lib/client/road.ts: road, say transport",
    "lib/client/road.ts:4: road, say transport",
    "lib/client/road.ts:5: road, say transport",
    "lib/client/road.ts:6: officer, say room admin",
    "lib/client/road.ts:7: Feed, say HistoryTail",
  ]);
  deepEqual(wrongWords("lib/cli/post.ts", ""), ["lib/cli/post.ts: say OutboxSender"]);
});
