import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Journey, jsonLines } from "./programs.ts";

const OLD = "(jedimaster) wise@!man";
const TOLD = /operator of this server chose your password/;

Deno.test("S3.11, SR-48: an imported account is its owner's from the first sign-in on", async () => {
  await using journey = await Journey.open();
  equal((await journey.register("alice")).code, 0);
  const list = join(journey.folder, "credentials.txt");
  await Deno.writeTextFile(list, `obiwan ${OLD}\n`);
  const imported = await journey.operate(["user", "import", list]);
  equal(imported.code, 0, imported.stderr);
  match(imported.stdout, /^Imported obiwan$/m);

  const early = await journey.run("alice", ["send", "obiwan", "are you there?"]);
  equal(early.code, 4, early.stderr);

  const login = async () =>
    await journey.run("obiwan", [
      ...["login", "obiwan", "--password-file", await journey.passwordFile("obiwan", OLD)],
      ...["--trust", journey.ready.fingerprint],
      ...["--recovery-file", join(journey.folder, "obiwan.recovery")],
    ]);
  const first = await login();
  equal(first.code, 0, first.stderr);
  match(first.stderr, TOLD);
  ok((await Deno.readTextFile(join(journey.folder, "obiwan.recovery"))).trim().length > 0);

  for (const [from, to] of [["alice", "obiwan"], ["obiwan", "alice"]] as const) {
    const sent = await journey.run(from, ["send", to, `to ${to}`]);
    equal(sent.code, 0, sent.stderr);
    const { stdout } = await journey.run(to, ["receive", "--json"]);
    ok(jsonLines(stdout).some(({ text }) => text === `to ${to}`), stdout);
  }

  const second = await login();
  deepEqual([second.code, TOLD.test(second.stderr)], [0, true]);
});
