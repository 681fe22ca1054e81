import { deepEqual, equal, match } from "node:assert/strict";
import { Journey, PROGRAMS_EXIST } from "./programs.ts";

const TEXT = "hi 🧛‍♂️ zażółć";

Deno.test({
  name: "two people register and exchange a sealed message through the real programs",
  ignore: !PROGRAMS_EXIST,
  async fn() {
    await using journey = await Journey.open();
    for (const person of ["alice", "bob"]) {
      const registered = await journey.register(person);
      equal(registered.code, 0, registered.stderr);
    }
    const sent = await journey.run("alice", ["send", "bob", TEXT]);
    equal(sent.code, 0, sent.stderr);

    const received = await journey.run("bob", ["receive", "--json"]);
    equal(received.code, 0, received.stderr);
    const lines = received.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const shown = lines.filter((line) => line.text === TEXT);
    deepEqual(shown.map(({ v, from }) => ({ v, from })), [{ v: 1, from: "alice" }]);

    if (Deno.build.os !== "windows") {
      equal(await journey.stop(), 0, "server ends with 0 on SIGTERM");
    }
  },
});

Deno.test({
  name: "a wrong password is refused with code 3 and says so",
  ignore: !PROGRAMS_EXIST,
  async fn() {
    await using journey = await Journey.open();
    const registered = await journey.register("alice");
    equal(registered.code, 0, registered.stderr);
    const wrong = `${journey.folder}/wrong.password`;
    await Deno.writeTextFile(wrong, "not the password\n", { mode: 0o600 });
    const args = ["login", "alice", "--password-file", wrong, "--trust", journey.ready.fingerprint];
    // A home of its own, so that the device is not known yet.
    const refused = await journey.run("thief", args);
    equal(refused.code, 3, refused.stderr);
    match(refused.stderr, /password/i);
  },
});
