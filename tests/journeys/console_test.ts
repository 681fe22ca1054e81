/** The server's console from another process, by the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

Deno.test({
  name: "the operator looks, speaks and kicks by the console, in one command or by lines",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using journey = await Journey.open({ people: ["yoda", "anakin"] });
    await using anakin = journey.converse("anakin", ["--plain"]);
    await anakin.line(/^\* online: /);
    const active = await journey.operate(["console", "active", "--json"]);
    deepEqual(jsonLines(active.stdout).map(({ type, name }) => [type, name]), [
      ["active", "anakin"],
    ]);

    // Row S3.12: port and rooms, for the operator.
    const [{ connections, rooms }] = jsonLines(active.stdout);
    const [{ address, port, session, since }] = connections as Record<string, unknown>[];
    deepEqual([address, typeof session, rooms], ["127.0.0.1", "number", []]);
    equal(Number(port) > 0 && Number.isFinite(Date.parse(String(since))), true);
    const table = await journey.operate(["console", "active"]);
    match(table.stdout, new RegExp(`^anakin .* 127\\.0\\.0\\.1:${port}`, "m"));

    const told = await journey.operate(["console", "broadcast", "back", "in five"]);
    equal(told.stdout, "Sent to 1 connection; people who are offline do not get it\n", told.stderr);
    await anakin.line(/^\* server: back in five$/);

    const lines = "db\n\nkik anakin\nlog debug\nkickuser anakin 1d younglings\nviewkickusers\n";
    const talk = await journey.operate(["console"], lines);
    equal(talk.code, 0, talk.stderr);
    match(talk.stdout, /^anakin +member .* online$/m);
    match(talk.stdout, /^No command kik\. Did you mean kick\?$/m);
    match(talk.stdout, /^Log level debug$/m);
    match(talk.stdout, /^anakin by the operator until .+: younglings$/m);
    equal((await anakin.ended()).code, 6);

    const nobody = await journey.operate(["console", "kick", "palpatine"]);
    deepEqual([nobody.code, nobody.stdout, nobody.stderr], [
      4,
      "",
      'No account "palpatine" on this server\n',
    ]);
    const record = await journey.operate(["audit", "3", "--json"]);
    deepEqual(jsonLines(record.stdout).map(({ action, detail }) => `${action} ${detail}`), [
      "console kick",
      "console kicklist",
      "kick younglings",
    ]);

    equal((await journey.operate(["console", "exit"])).stdout, "The server is stopping\n");
    equal(await journey.ended(), 0);
    equal((await journey.operate(["console", "db"])).code, 5);
  },
});
