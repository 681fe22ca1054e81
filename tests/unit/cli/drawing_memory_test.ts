import { equal } from "node:assert/strict";
import { DrawingMemory } from "../../../lib/cli/screen/drawing_memory.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("drawing memory remembers a choice for each terminal", async () => {
  await withFolder(async (folder) => {
    const memory = new DrawingMemory(`${folder}/state`);
    equal(await memory.recall("XTerm(379)"), undefined);
    await memory.keep("XTerm(379)", "blocks");
    await memory.keep("kitty(0.26.5)", "kitty");
    const later = new DrawingMemory(`${folder}/state`);
    equal(await later.recall("XTerm(379)"), "blocks");
    equal(await later.recall("kitty(0.26.5)"), "kitty");
  });
});

Deno.test("drawing memory takes a damaged file for an empty one", async () => {
  await withFolder(async (folder) => {
    for (const text of ["", "{", "null", "[1]", '{"a": 7}', "\xff"]) {
      await Deno.writeTextFile(`${folder}/drawing.json`, text);
      equal(await new DrawingMemory(folder).recall("a"), undefined);
    }
  });
});
