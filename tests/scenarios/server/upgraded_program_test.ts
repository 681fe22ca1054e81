/** A restart from inside after an upgrade, in which the file of the running program was replaced. */

import { deepEqual } from "node:assert/strict";
import { join } from "node:path";

Deno.test({
  name: "a program that was replaced while it ran starts the new one in its place",
  // A program that runs cannot be replaced there.
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.realPath(await Deno.makeTempDir({ dir: "tests/tmp" }));
    try {
      const place = join(folder, "program");
      await Deno.copyFile(Deno.execPath(), place);
      const child = new URL("upgraded_program_child.ts", import.meta.url).href;
      const { code, stdout, stderr } = await new Deno.Command(place, {
        args: ["run", "-A", "--no-check", "--quiet", child, place],
      }).output();
      const [printed, complaint] = [stdout, stderr].map((each) => new TextDecoder().decode(each));
      deepEqual([code, printed, complaint], [0, `started again from ${place}\n`, ""]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
