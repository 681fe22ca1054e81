import { equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { RollingFile } from "../../../lib/storage/rolling_file.ts";

Deno.test("a rolling file is made by its first line, goes on where it was, and begins anew past its limit", async () => {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const path = join(folder, "log/client.log");
  const read = () => Deno.readTextFile(path);
  {
    using _silent = await RollingFile.open(path, { limitBytes: 10 });
  }
  await rejects(read(), Deno.errors.NotFound);
  {
    using file = await RollingFile.open(path, { limitBytes: 10 });
    file.add("one");
  }
  const file = await RollingFile.open(path, { limitBytes: 10 });
  file.add("two two");
  equal(await read(), "one\ntwo two\n");
  file.add("three");
  equal(await read(), "three\n");
  equal(await Deno.readTextFile(`${path}.1`), "one\ntwo two\n");
  file[Symbol.dispose]();
  file.add("lost");
  equal(await read(), "three\n");
  await Deno.remove(folder, { recursive: true });
});
