/** The seeds' shells, by the real program. */

import { deepEqual } from "node:assert/strict";
import { programCommand } from "./programs.ts";

Deno.test("rows S3.06, S4.20: whichever classic shell is asked for, one sentence says that there is none yet", async () => {
  for (const args of [["--classic"], ["--classic", "uag"], ["--classic=p2p"]]) {
    const { code, stdout, stderr } = await programCommand("client", args).output();
    deepEqual({ code, out: new TextDecoder().decode(stdout) }, { code: 2, out: "" });
    deepEqual(new TextDecoder().decode(stderr).trimEnd().split("\n"), [
      "There are no classic shells yet: heliograph chat takes the words of all five programs, and /help lists them",
    ]);
  }
});
