/** The seeds' shells, by the real program. */

import { deepEqual } from "node:assert/strict";
import { programCommand } from "./programs.ts";

Deno.test("rows S3.06, S4.20: whichever classic shell is asked for, one sentence says that there is none yet", async () => {
  const calls = [
    "--classic",
    "--classic uag",
    "--classic=p2p",
    "--plain --classic menu",
    "chat --classic toom",
  ];
  for (const args of calls.map((call) => call.split(" "))) {
    const { code, stdout, stderr } = await programCommand("client", args).output();
    deepEqual({ code, out: new TextDecoder().decode(stdout) }, { code: 2, out: "" });
    deepEqual(new TextDecoder().decode(stderr).trimEnd().split("\n"), [
      "There are no classic shells yet. heliograph chat and heliograph p2p take most words of the programs that they are to speak like",
    ]);
  }
});
