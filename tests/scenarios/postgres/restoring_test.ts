/** A backup that is restored into PostgreSQL by one command. */

import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { runAdmin } from "../../../lib/admin/main.ts";
import { openStored } from "../../../lib/server/store/stored.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";
import { newChoice, TOOLS } from "./moving_kit.ts";

/** A home with a backup, `h.tar`, of a server on a file, with two people and a message that waits. */
async function openHome() {
  const home = await Deno.makeTempDir();
  const run = async (args: readonly string[], changes: Partial<ReturnType<typeof fakeIo>> = {}) => {
    const io = fakeIo(home);
    return { ...io, exit: await runAdmin(args, { ...io, ...changes }) };
  };
  await Deno.mkdir(join(home, "data"), { mode: 0o700 });
  {
    await using server = await TestServer.open({ folder: join(home, "data") });
    const { alice, conversation } = await openPair(server);
    await alice.send(conversation, "waits for bob");
  }
  const made = await run(["backup", "h.tar", "--data", "data"]);
  equal(made.exit, 0, made.notes.join());
  return { home, run, [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
}

function urlOf({ address: { user, database, socket } }: PostgresServer): string {
  return `postgres://${user}@/${database}?host=${dirname(socket.path)}`;
}

const beside = (home: string) =>
  [...Deno.readDirSync(home)].map(({ name }) => name).filter((name) => name.startsWith("node"));

Deno.test(postgresTest(
  "a backup of a server on a file is restored into PostgreSQL, cut off at each step and gone on with; nothing else stays",
  async (postgres) => {
    await using place = await openHome();
    const { home, run } = place;
    const choice = await newChoice(postgres);
    const restore = ["restore", "h.tar", "--data", "node", "--store", urlOf(postgres)];
    let lives = 0;
    for (;;) {
      lives++;
      let steps = 0;
      const notes: string[] = [];
      const note = (text: string) => {
        notes.push(text);
        if (!text.startsWith("Copied") || ++steps < 4 * lives) return Promise.resolve();
        return Promise.reject(new Error("killed"));
      };
      const { exit, output } = await run(restore, { note });
      if (exit !== 0) {
        deepEqual(beside(home), ["node", "node.restored"].sort(), notes.join());
        continue;
      }
      match(output.join(), /^Restored into postgres:.*accounts 2, devices 2/);
      break;
    }
    equal(lives > 3, true);
    deepEqual(beside(home), ["node"]);
    {
      await using owned = new AsyncDisposableStack();
      const { clock, random } = TOOLS;
      const opening = { clock, random, choice, onLost() {} };
      const { store } = await openStored(join(home, "node"), owned, opening);
      equal((await store.listAccounts({ limit: 5 })).total, 2);
    }

    // A database that is somebody's stays so.
    const again = await run(["restore", "h.tar", "--data", "other", "--store", urlOf(postgres)]);
    equal(again.exit, 1);
    match(again.notes.join(), /the database has this server's tables already/);
    deepEqual(
      [...Deno.readDirSync(home)].map(({ name }) => name).filter((name) =>
        name.startsWith("other.")
      ),
      [],
    );
    const wrong = await run(["restore", "h.tar", "--data", "other", "--store", "mysql://x"]);
    equal(wrong.exit, 2);
    const alone = await run(["restore", "h.tar", "--data", "o", "--store-password-file", "x"]);
    equal(alone.exit, 2);
  },
));
