/** J9: a server is restarted under ten people who all write to one another, by the real programs. */

import { deepEqual, equal } from "node:assert/strict";
import { Journey, jsonLines, type RunningClient } from "./programs.ts";

const WRITERS = ["alice", "bob", "carol", "dave", "yoda", "obiwan", "anakin", "gandalf", "sauron"];
/** Of each: half of them before the server is gone, half while it is. */
const TEXTS_EACH = 4;

async function say(client: RunningClient, name: string, first: number): Promise<void> {
  for (let i = first; i < first + TEXTS_EACH / 2; i++) await client.type(`yoda:${name} ${i}`);
}

Deno.test({
  name:
    "J9: ten clients write through a restart: nothing is lost, doubled or out of order, and all come back by themselves",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using journey = await Journey.open({ people: WRITERS });
    await using stack = new AsyncDisposableStack();
    const clients = new Map<string, RunningClient>();
    for (const name of WRITERS) {
      const client = stack.use(journey.converse(name, ["--plain"]));
      await client.line(/^\* online: /);
      clients.set(name, client);
    }
    // The tenth: a second client of one of them, which only follows.
    const follower = stack.use(journey.start("yoda", ["receive", "--follow"]));
    const others = WRITERS.filter((name) => name !== "yoda");
    const of = (name: string) => {
      const client = clients.get(name);
      if (client === undefined) throw new Error(`no client of ${name}`);
      return client;
    };

    await Promise.all(others.map((name) => say(of(name), name, 1)));
    // Signals come in the middle of what they say.
    await of("yoda").line(/ ▸ \w+ 1$/);
    equal(await journey.stop(), 0);
    for (const name of WRITERS) await of(name).line(/^\* server: /);
    await Promise.all(others.map((name) => say(of(name), name, 1 + TEXTS_EACH / 2)));
    await journey.restart();

    for (const name of others) {
      await of(name).line(/^\* connected again/);
      await of("yoda").line(new RegExp(` ▸ ${name} ${TEXTS_EACH}$`));
    }
    const shown = await journey.run("yoda", ["receive", "--json", "--since", "1d"]);
    const texts = jsonLines(shown.stdout).filter(({ type, own }) => type === "message" && !own)
      .map(({ from, text }) => [String(from), String(text)]);
    for (const name of others) {
      const theirs = texts.filter(([from]) => from === name).map(([, text]) => text);
      deepEqual(theirs, Array.from({ length: TEXTS_EACH }, (_, i) => `${name} ${i + 1}`), name);
    }
    const status = await journey.operate(["status", "--json"]);
    equal(jsonLines(status.stdout)[0].ok, true, status.stdout);
    await follower[Symbol.asyncDispose]();
  },
});
