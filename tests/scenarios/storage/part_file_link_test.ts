import assert from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { PartFile } from "../../../lib/storage/part_file.ts";

// Making a link needs all permissions, which narrow tests do not have.
Deno.test({
  name: "SR-64: a link that waits under the name of a part or of a file is not followed",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "part-" });
    try {
      await Deno.writeTextFile(join(folder, "victim"), "mine");
      await Deno.symlink("victim", join(folder, "a.txt.part"));
      await Deno.symlink("victim", join(folder, "a.txt"));
      using part = await PartFile.create(folder, "a.txt");
      await part.append(utf8("evil"));
      assert.equal(await part.finish(folder, "a.txt"), join(folder, "a (1).txt"));
      assert.equal(await PartFile.reopen(join(folder, "a.txt.part")), undefined);
      assert.equal(await Deno.readTextFile(join(folder, "victim")), "mine");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
