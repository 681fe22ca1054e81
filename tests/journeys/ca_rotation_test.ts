import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { Journey, jsonLines, programCommand } from "./programs.ts";

const RENEWED = /^The server has a new certificate, signed by the previous one\. Known: SHA256:/m;

/** Runs a verb of the server program on the journey's server. */
async function admin(journey: Journey, args: readonly string[]) {
  const { code, stdout, stderr } = await programCommand("server", args, {
    env: { HELIOGRAPH_HOME: join(journey.folder, "server") },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test({
  name:
    "SR-50: clients follow a server whose CA is rotated, by device, by password and by old invites",
  // Windows ends processes without a signal that they could heed, and has no control socket.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using journey = await Journey.open();
    for (const person of ["alice", "bob"]) equal((await journey.register(person)).code, 0);
    const before = journey.ready.fingerprint;

    const status = await admin(journey, ["status", "--json"]);
    deepEqual(jsonLines(status.stdout)[0].connections, { connected: 0, signedIn: 0 });
    const running = await admin(journey, ["ca", "rotate", "--yes"]);
    equal(running.code, 5, "not while the server runs");
    equal(await journey.stop(), 0);
    equal((await admin(journey, ["ca", "rotate"])).code, 2, "nobody can be asked");
    const rotated = await admin(journey, ["ca", "rotate", "--yes", "--json"]);
    equal(rotated.code, 0, rotated.stderr);
    const [{ fingerprint }] = jsonLines(rotated.stdout);
    await journey.restart();
    equal(journey.ready.fingerprint, fingerprint);
    notEqual(fingerprint, before);
    equal((await admin(journey, ["status"])).code, 0);

    const sent = await journey.run("alice", ["send", "bob", "still here"]);
    equal(sent.code, 0, sent.stderr);
    match(sent.stderr, RENEWED);
    const again = await journey.run("alice", ["who"]);
    equal(again.code, 0, again.stderr);
    equal(RENEWED.test(again.stderr), false, "told once");

    // By password: OPAQUE's channel binding names the new certificate on both sides.
    equal((await journey.run("bob", ["logout"])).code, 0);
    const login = await journey.run("bob", [
      ...["login", "bob", "--password-file", await journey.passwordFile("bob")],
    ]);
    equal(login.code, 0, login.stderr);
    const received = await journey.run("bob", ["receive", "--json"]);
    ok(jsonLines(received.stdout).some(({ text }) => text === "still here"), received.stdout);

    // A newcomer with a fingerprint of before.
    const carol = await journey.run("carol", [
      ...["register", "carol", "--password-file", await journey.passwordFile("carol")],
      ...["--trust", before, "--recovery-file", join(journey.folder, "carol.recovery")],
    ]);
    equal(carol.code, 0, carol.stderr);
    equal((await journey.run("carol", ["send", "alice", "hello"])).code, 0);
  },
});
