/** What the programs are made of is said by them, compiled too. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { jsonLines, programCommand } from "./programs.ts";

Deno.test("J10: both programs print the licences of all that is in them", async () => {
  await Deno.mkdir(join(PROJECT_ROOT, "tests/tmp"), { recursive: true });
  const home = await Deno.makeTempDir({ dir: join(PROJECT_ROOT, "tests/tmp") });
  try {
    const options = { env: { HOME: home, XDG_DATA_HOME: "", XDG_STATE_HOME: "" }, cwd: home };
    const texts: string[] = [];
    for (const entry of ["client", "server"] as const) {
      const { code, stdout } = await programCommand(entry, ["licenses"], options).output();
      equal(code, 0);
      texts.push(new TextDecoder().decode(stdout));
    }
    const [text, other] = texts;
    equal(text, other);
    match(text, /based in part on the work of the Independent JPEG Group/);
    match(text, /^ts-mls [0-9.]+ \(MIT\)$/m);
    match(text, /^V8, the JavaScript engine/m);
    const { stdout } = await programCommand("client", ["licenses", "--json"], options).output();
    deepEqual(jsonLines(new TextDecoder().decode(stdout)), [{ v: 1, type: "licenses", text }]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
