/** Files where somebody may not read or write: what is said of it, and that everything goes on once it is mended. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemRandom } from "../../../lib/base/random.ts";
import type { FilePerson } from "../../kit/file_senders.ts";
import { openSenders } from "../../kit/file_senders.ts";
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
      assert.match(line, /^Transfer 1 is paused: Cannot create .*\. \/resume 1 goes on with it$/);
    }
    assert.deepEqual(await scene.received(), new Map());
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

Deno.test({
  name:
    "J4: a server that may not write its spool says so to the sender, and loses nothing that is there",
  ignore: !canForbidWriting(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    const spool = join(pair.world.server.folder, "spool");
    const why =
      "The server cannot store files at present: its operator finds the reason in its log";
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
        `Transfer 1 is paused: ${why}. /resume 1 goes on with it`,
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
