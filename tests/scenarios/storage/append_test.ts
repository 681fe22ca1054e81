import { deepEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { appendPrivately } from "../../../lib/storage/private_files.ts";

Deno.test({
  name: "nothing is added to a link, nor made where one points that leads nowhere",
  ignore: Deno.build.os === "windows",
  async fn() {
    await Deno.mkdir("tests/tmp", { recursive: true });
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ dir: "tests/tmp", prefix: "append-" }),
    );
    try {
      const path = join(folder, "there");
      await appendPrivately(path, "1\n");
      await Deno.symlink(path, join(folder, "link"));
      await rejects(appendPrivately(join(folder, "link"), "2\n"), { code: "no-permission" });
      await Deno.symlink(join(folder, "elsewhere"), join(folder, "dangling"));
      await rejects(appendPrivately(join(folder, "dangling"), "2\n"), { name: "StorageError" });
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
      deepEqual(names, ["dangling", "link", "there"]);
      deepEqual(await Deno.readTextFile(path), "1\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
