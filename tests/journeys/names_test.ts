/** J2: who signs up, on the command line; locks are in exit_code_test.ts. The screen's first run is in screen_journeys_test.ts. */

import { equal, match } from "node:assert/strict";
import { Journey } from "./programs.ts";

Deno.test("J2: names and passwords that cannot be are refused with the reason, and nobody is registered by it", async () => {
  await using journey = await Journey.open({ people: ["bob"] });
  const { fingerprint } = journey.ready;
  const password = await journey.passwordFile("lando");
  const empty = await journey.passwordFile("empty", "");
  const register = (name: string, file = password) =>
    journey.run("lando", [
      ...["register", name, "--password-file", file, "--trust", fingerprint],
      ...["--recovery-file", `${journey.folder}/lando.code`],
    ]);
  const refused = [
    [await register("x".repeat(91)), 2, /^Name too long \(91\/90\)\.$/m],
    // The o is Cyrillic.
    [await register("b\u043eb"), 2, /^Name mixes alphabets that are not written together\.$/m],
    [await register("BOB"), 6, /taken/],
    [await register("lando", empty), 2, /^The password is empty$/m],
    [
      await journey.run("lando", ["register", "lando", "--password", "x"]),
      2,
      /option '--password'/,
    ],
  ] as const;
  for (const [{ code, stderr }, exit, says] of refused) {
    equal(code, exit, stderr);
    match(stderr, says);
  }
  const { stdout } = await journey.operate(["user", "list", "--json"]);
  equal(stdout.includes("lando"), false, stdout);
});
