/** What version a program is, said by a small entry and by the whole program alike. */

import { deepEqual, equal, match } from "node:assert/strict";
import { VERSION } from "../../lib/base/version.ts";
import { jsonLines, programCommand } from "./programs.ts";

const NO_COMMIT = "0".repeat(40);

Deno.test("J10: both programs say their version, alone and with an option beside it", async () => {
  for (
    const [entry, name] of [["client", "heliograph"], ["server", "heliograph-server"]] as const
  ) {
    for (const args of [["--version"], ["-V"], ["--version", "--help"], ["-V", "--help"]]) {
      const { code, stdout, stderr } = await programCommand(entry, args).output();
      equal(code, 0);
      equal(new TextDecoder().decode(stdout), `${name} ${VERSION}\n`);
      equal(new TextDecoder().decode(stderr), "");
    }
  }
});

Deno.test("version says what a bug report needs: program, protocol, Deno and machine", async () => {
  const { os, arch } = Deno.build;
  for (
    const [entry, program] of [["client", "heliograph"], ["server", "heliograph-server"]] as const
  ) {
    const ask = async (...more: string[]) => {
      const { code, stdout } = await programCommand(entry, ["version", ...more]).output();
      equal(code, 0);
      return new TextDecoder().decode(stdout);
    };
    match(
      await ask(),
      // Compiled programs say the commit; from source there is none.
      new RegExp(
        `^${program} ${VERSION}( \\([0-9a-f]{12}[^)]*\\))?, protocol 1 to 2, Deno [0-9.]+, V8 \\S+, ${os} ${arch}\n$`,
      ),
    );
    const [{ deno, v8, commit = NO_COMMIT, ...facts }] = jsonLines(await ask("--json"));
    equal(typeof deno, "string");
    equal(typeof v8, "string");
    match(String(commit), /^[0-9a-f]{40}( with changes)?$/);
    deepEqual(facts, {
      v: 1,
      type: "version",
      program,
      version: VERSION,
      protocol: "1 to 2",
      os,
      arch,
    });
  }
});
