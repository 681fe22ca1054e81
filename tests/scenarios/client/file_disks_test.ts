/** Files where somebody may not read or write: what is said of it, and that everything goes on once it is mended. */

import assert from "node:assert/strict";
import { setLogSink } from "../../../lib/base/log.ts";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { type FilePerson, openSenders, readTree, type Senders } from "../../kit/file_senders.ts";
import { canMount, SmallDisk } from "../../kit/full_disk.ts";
import { holdingBehind } from "../../kit/man_in_the_middle.ts";
import { canForbidWriting, ReadOnlyFolder } from "../../kit/read_only.ts";

/** Why somebody's only transfer is paused. */
async function whyPaused(person: FilePerson): Promise<string> {
  const [{ state }] = await person.transfers();
  assert(state.state === "paused", `it is ${state.state}`);
  return state.why ?? "";
}

async function isPaused(person: FilePerson): Promise<boolean> {
  return (await person.states())[0] === "paused";
}

/** Where bob puts what he takes. */
function folder(scene: Awaited<ReturnType<typeof openSenders>>): string {
  return join(scene.folder, "in");
}

/** What was told of pauses, newest last. */
async function told({ test }: FilePerson): Promise<readonly string[]> {
  return (await test.entries()).filter(({ id }) => id === "file-paused").map(({ text }) => text);
}

Deno.test({
  name: "J4: a receiver whose folder is read-only is told so, keeps its part, and goes on later",
  ignore: !canForbidWriting(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, folder } = scene;
    const inbox = join(folder, "in");
    const bytes = systemRandom.bytes(3_000_000);
    await scene.write("big", bytes);
    alice.work();
    bob.work();
    const readOnly =
      /^Cannot (create|open) \S+big\.part: (the disk is read-only|permission denied)$/;
    {
      await using _first = await ReadOnlyFolder.make(inbox);
      await scene.offer("big");
      await scene.accept();
      await scene.until(() => isPaused(bob));
      assert.match(await whyPaused(bob), readOnly);
      await scene.until(() => isPaused(alice));
      const [line] = await told(bob);
      assert.match(line, /^Transfer 1 is paused: Cannot create .*\. \/resume 1 continues it$/);
    }
    assert.deepEqual(await scene.received(), new Map());
    await bob.restart();
    // Half of it passes, so that the next restart comes in the middle.
    await bob.back({ middle: holdingBehind(1_500_000) });
    await bob.client.transfers.retryReceiving();
    await scene.until(async () => ((await scene.received()).get("big.part")?.length ?? 0) > 0);
    await bob.restart();
    const part = (await scene.received()).get("big.part");
    assert(part !== undefined, "the end came in the middle");
    {
      await using _second = await ReadOnlyFolder.make(inbox);
      await bob.back();
      await scene.until(() => isPaused(bob));
      assert.match(await whyPaused(bob), readOnly);
    }
    assert.deepEqual((await scene.received()).get("big.part"), part);
    await bob.client.transfers.retryReceiving();
    await scene.until(async () => (await alice.states())[0] === "done");
    assert.deepEqual([...await scene.received()], [["big", bytes]]);
  },
});

Deno.test("what a person has paused does not go on because something else may have been mended", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("big", systemRandom.bytes(100_000));
  alice.work();
  bob.work();
  await scene.offer("big");
  await scene.until(async () => (await bob.transfers()).length > 0);
  await bob.client.transfers.pause((await bob.transfers())[0]);
  await bob.client.transfers.retryReceiving();
  assert.deepEqual(await bob.states(), ["paused"]);
});

Deno.test("what a sender cannot read does not go on because receiving is tried again", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("big", systemRandom.bytes(100_000));
  await scene.offer("big");
  await Deno.remove(join(scene.folder, "out", "big"));
  alice.work();
  bob.work();
  await scene.accept();
  await scene.until(() => isPaused(alice));
  const [{ state }] = await alice.transfers();
  assert.deepEqual(state.state === "paused" && [state.by, state.why !== undefined], ["here", true]);
  const said = await told(alice);
  await alice.client.transfers.retryReceiving();
  assert.deepEqual(await alice.states(), ["paused"]);
  assert.deepEqual(await told(alice), said);
});

Deno.test({
  name:
    "J4: a server whose spool is really full pauses the sender in words, keeps what is there, and goes on by itself",
  ignore: !canMount(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    const spool = join(pair.world.server.folder, "spool");
    await using disk = await SmallDisk.under(spool, 12);
    const filler = join(spool, "filler");
    await Deno.writeFile(filler, new Uint8Array(9 * 2 ** 20));
    let sentBytes = 0;
    await alice.test.disconnect();
    await alice.back({
      middle: {
        up({ header, payload }, pass) {
          if (header.kind === "spool.chunk") sentBytes += payload.length;
          pass(header, payload);
        },
      },
    });
    bob.work();
    const bytes = systemRandom.bytes(6_000_000);
    await scene.write("big", bytes);
    await scene.offer("big");
    await scene.accept();
    await scene.until(() => isPaused(alice));
    const why = "The server has no more room for files";
    assert.equal(await whyPaused(alice), why);
    assert.equal(
      (await told(alice)).at(-1),
      `Transfer 1 is paused: ${why}. It continues once there is room; /resume 1 tries at once`,
    );
    await scene.until(() => isPaused(bob));
    const { size } = await Deno.stat(join(folder(scene), "big.part"));
    assert(size > 1_000_000, `${size} bytes are there`);
    // Messages go on, and nothing is said again while it stays full.
    await alice.test.say(pair.bob, "do you get this?");
    await scene.until(async () => (await bob.test.received()).includes("do you get this?"));
    await pair.world.clock.advance(300_000);
    assert.deepEqual([(await told(alice)).length, await alice.states()], [1, ["paused"]]);
    await Deno.remove(filler);
    await scene.until(async () => (await alice.states())[0] === "done");
    assert.deepEqual((await scene.received()).get("big"), bytes);
    assert(sentBytes < 6_000_000 + 8 * 2 ** 20, `${sentBytes} bytes were sent`);
    const lines = (await alice.test.entries()).filter(({ id }) => id === "file-resumed");
    assert.deepEqual(lines.map(({ text }) => text), [
      "Transfer 1 continues: the server has room again",
    ]);
    void disk;
  },
});

Deno.test({
  name:
    "J4: a receiver whose disk is really full is told so once, and goes on by itself when there is room",
  ignore: !canMount(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    await using disk = await SmallDisk.under(folder(scene), 12);
    const filler = join(folder(scene), "filler");
    await Deno.writeFile(filler, new Uint8Array(9 * 2 ** 20));
    const bytes = systemRandom.bytes(6_000_000);
    await scene.write("big", bytes);
    alice.work();
    bob.work();
    await scene.offer("big");
    await scene.accept();
    await scene.until(() => isPaused(bob));
    assert.equal(await whyPaused(bob), "The disk is full");
    await scene.until(() => isPaused(alice));
    await pair.world.clock.advance(300_000);
    assert.deepEqual(await told(bob), [
      "Transfer 1 is paused: The disk is full. It continues once there is room; /resume 1 tries at once",
    ]);
    assert.deepEqual([...(await scene.received()).keys()].sort(), ["big.part", "filler"]);
    await Deno.remove(filler);
    await scene.until(async () => (await alice.states())[0] === "done");
    assert.deepEqual([...await scene.received()], [["big", bytes]]);
    void disk;
  },
});

Deno.test({
  name:
    "J4: a server that may not write its spool says so to the sender, and loses nothing that is there",
  ignore: !canForbidWriting(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    const spool = join(pair.world.server.folder, "spool");
    const why = "The server cannot store files now: its operator finds the reason in its log";
    const bytes = systemRandom.bytes(3_000_000);
    await scene.write("big", bytes);
    alice.work();
    // The receiver is there, and has not answered: it is said before that.
    {
      await using _first = await ReadOnlyFolder.make(spool);
      await scene.offer("big");
      await scene.until(() => isPaused(alice));
      assert.equal(await whyPaused(alice), why);
      assert.deepEqual(await told(alice), [
        `Transfer 1 is paused: ${why}. /resume 1 continues it`,
      ]);
    }
    await pair.bob.disconnect();
    await alice.client.transfers.resume((await alice.transfers())[0]);
    await scene.until(async () => ((await alice.transfers())[0].movedBytes) > 0);
    await alice.restart();
    const [{ size }] = await Array.fromAsync(
      Deno.readDir(spool),
      ({ name }) => Deno.stat(join(spool, name)),
    );
    {
      await using _second = await ReadOnlyFolder.make(spool);
      await alice.back();
      if (size < bytes.length) {
        await scene.until(() => isPaused(alice));
        assert.equal(await whyPaused(alice), why);
      }
      // Nothing can be read either; the receiver waits for it.
      await bob.back();
      await scene.accept();
      await pair.world.clock.advance(10_000);
      assert.deepEqual(await bob.states(), ["receiving"]);
    }
    if (await isPaused(alice)) await alice.client.transfers.resume((await alice.transfers())[0]);
    await scene.until(async () => (await alice.states())[0] === "done");
    assert.deepEqual((await scene.received()).get("big"), bytes);
  },
});

Deno.test("J4: a source that cannot be read is told of, and goes on when it can be again", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(500_000);
  const path = await scene.write("big", bytes);
  alice.work();
  bob.work();
  await scene.offer("big");
  // As a stick that is pulled out.
  await Deno.rename(path, `${path}.away`);
  await scene.accept();
  await scene.until(() => isPaused(alice));
  assert.match(await whyPaused(alice), /^Cannot read \S+big: no such file or folder$/);
  await scene.until(() => isPaused(bob));
  await Deno.rename(`${path}.away`, path);
  await alice.client.transfers.resume((await alice.transfers())[0]);
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

/** What the client's log was told, by event. */
function readLog(): { readonly events: string[] } & Disposable {
  const events: string[] = [];
  setLogSink({
    level: "warning",
    write({ level, category, event }) {
      if (category.startsWith("client.transfers")) events.push(`${level}: ${event}`);
    },
  });
  return { events, [Symbol.dispose]: () => setLogSink(undefined) };
}

/** Bob has begun to receive `big`, and is away. */
async function wentAway(scene: Senders): Promise<void> {
  const { alice, bob } = scene;
  await scene.write("big", systemRandom.bytes(3_000_000));
  alice.work();
  await bob.test.disconnect();
  await bob.back({ middle: holdingBehind(1_500_000) });
  await scene.offer("big");
  await scene.accept();
  await scene.until(async () => ((await scene.received()).get("big.part")?.length ?? 0) > 0);
  await bob.restart();
}

Deno.test({
  name: "a part that cannot be removed stops no other file, and goes at a later connection",
  ignore: !canForbidWriting(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob } = scene;
    await wentAway(scene);
    using log = readLog();
    {
      await using _disk = await ReadOnlyFolder.make(folder(scene));
      await alice.client.transfers.cancel((await alice.transfers())[0]);
      await bob.back();
      await scene.until(async () => (await bob.states())[0] === "cancelled");
      // From here on it is tried at each connection before anything else.
      for (let connection = 0; connection < 2; connection++) {
        await bob.restart();
        await bob.back();
      }
      await scene.write("small", utf8("still goes"));
      await scene.offer("small");
      const other = join(scene.folder, "elsewhere");
      await Deno.mkdir(other);
      await scene.until(async () => (await bob.client.transfers.waiting()).length > 0);
      const [small] = await bob.client.transfers.waiting();
      await bob.client.transfers.accept(small, other);
      await scene.until(async () => (await alice.states())[1] === "done");
      assert.deepEqual([...(await readTree(other)).keys()], ["small"]);
      assert((await scene.received()).has("big.part"));
      assert(log.events.includes("warning: leftovers stay"));
    }
    await bob.restart();
    await bob.back();
    await scene.until(() => [...Deno.readDirSync(folder(scene))].length === 0);
  },
});

Deno.test({
  name: "who cancels what cannot be removed is told so, and it is cancelled",
  ignore: !canForbidWriting(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob } = scene;
    await wentAway(scene);
    // Nothing is running there: what has the part open would keep the disk writable.
    await bob.test.connect();
    {
      await using _disk = await ReadOnlyFolder.make(folder(scene));
      await bob.client.transfers.cancel((await bob.transfers())[0]);
      await bob.client.flush();
      await scene.until(async () => (await alice.states())[0] === "cancelled");
      const line = (await bob.test.entries()).find(({ id }) => id === "file-leftover")?.text ?? "";
      assert.match(
        line,
        /^Cannot delete what transfer 1 left behind: Cannot remove .*big\.part: .*again$/,
      );
    }
    await bob.restart();
    await bob.back();
    await scene.until(() => [...Deno.readDirSync(folder(scene))].length === 0);
  },
});

Deno.test("what stops all transfers is in the log, and they go on over the same connection once it is mended", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  bob.work();
  await scene.write("big", systemRandom.bytes(100_000));
  await scene.offer("big");
  const { database } = alice.client.messenger.profile;
  const sealed = database.query("SELECT sealed FROM transfer", (row) => row.bytes("sealed"))
    .first();
  assert(sealed !== undefined);
  const put = (bytes: Uint8Array<ArrayBuffer>) =>
    database.command("UPDATE transfer SET sealed = ?").run(bytes);
  put(new Uint8Array(sealed.length));
  using log = readLog();
  alice.work();
  await scene.until(() => log.events.includes("error: transfer failed"));
  put(sealed);
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
});
