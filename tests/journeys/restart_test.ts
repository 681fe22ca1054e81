/** Restarting a server that people are on, by the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

Deno.test({
  name:
    "J9: clients are told of a restart, come back by themselves, and nothing is lost or doubled",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using journey = await Journey.open({ people: ["yoda", "anakin"] });
    await using anakin = journey.converse("anakin", ["--plain"]);
    await anakin.line(/^\* online: /);
    await using yoda = journey.converse("yoda", ["--plain"]);
    await yoda.line(/^\* online: /);
    await yoda.type("anakin:one");
    await anakin.line(/yoda ▸ one$/);

    // By an owner from a client.
    await yoda.type("/restart");
    await yoda.line(/You need the owner role for \/restart\./);
    await journey.operate(["user", "grant", "yoda", "owner"]);
    await yoda.type("/restart");
    for (const client of [yoda, anakin]) {
      await client.line(/^\* server: Server restarting, back in a moment$/);
    }
    // Said while nobody is there to take it.
    await yoda.type("anakin:two");
    await anakin.line(/^\* connected again/);
    await anakin.line(/yoda ▸ two$/);
    await anakin.type("yoda:three");
    await yoda.line(/anakin ▸ three$/);

    // And by the operator, once more.
    const answer = await journey.operate(["console", "restart"]);
    match(answer.stdout, /^The server restarts now$/m);
    await anakin.type("yoda:four");
    await yoda.line(/anakin ▸ four$/);
    // It may have been the old server that took it.
    while ((await journey.run("yoda", ["who"])).code === 5);
    for (
      const [person, said] of [["yoda", ["three", "four"]], ["anakin", ["one", "two"]]] as const
    ) {
      const shown = await journey.run(person, ["receive", "--json", "--since", "1d"]);
      const texts = jsonLines(shown.stdout).filter(({ type, own }) =>
        type === "message" && own === false
      );
      deepEqual(texts.map(({ text }) => text), said, shown.stderr);
    }
    equal(await journey.stop(), 0);
  },
});
