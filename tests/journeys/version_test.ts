/** What version a program is, said by a small entry and by the whole program alike. */

import { equal } from "node:assert/strict";
import { VERSION } from "../../lib/base/version.ts";
import { programCommand } from "./programs.ts";

Deno.test("J10: both programs say their version, alone and with an option beside it", async () => {
  for (const entry of ["client", "server"] as const) {
    for (const args of [["--version"], ["--version", "--help"]]) {
      const { code, stdout, stderr } = await programCommand(entry, args).output();
      equal(code, 0);
      equal(new TextDecoder().decode(stdout), `${VERSION}\n`);
      equal(new TextDecoder().decode(stderr), "");
    }
  }
});
