import assert from "node:assert/strict";
import { join } from "node:path";
import { listOutbox, outboxLine } from "../../../lib/cli/dialogue/outbox.ts";

Deno.test("row S0.29: files are numbered from 0 by name, of the folder `from` when there is one, without hidden ones", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "outbox-" });
  try {
    const write = (name: string) => Deno.writeFile(join(folder, name), new Uint8Array(4097));
    for (const name of ["b.txt", "a.txt", ".hidden"]) await write(name);
    const lines = async () => (await listOutbox(folder)).map(outboxLine);
    assert.deepEqual(await lines(), ["0  a.txt  4,097 B", "1  b.txt  4,097 B"]);
    await Deno.mkdir(join(folder, "from"));
    assert.deepEqual(await lines(), []);
    await write("from/yo_en_png.png");
    assert.deepEqual(await lines(), ["0  yo_en_png.png  4,097 B"]);
    await assert.rejects(listOutbox(join(folder, "missing")), { name: "StorageError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
