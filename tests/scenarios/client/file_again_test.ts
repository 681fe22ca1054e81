/** `file send` once more: what is on its way goes on, and each end says what is, and what never will be. */

import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { openSenders, type Senders } from "../../kit/file_senders.ts";
import { runVerbOf } from "../../kit/verb_runs.ts";

/** Files in one offer. */
const MAX_ITEMS = 400;
/** More than any of these commands takes; a hang ends as a failed test. */
const MAX_STEPS = 5_000;

/** Bob is away: what he is sent goes to the server, and alice is not connected but for her commands. */
async function openAway(): Promise<Senders> {
  const scene = await openSenders();
  await scene.bob.test.disconnect();
  await scene.alice.test.disconnect();
  return scene;
}

/** Alice's `file send bob NAMES`. */
function send(scene: Senders, names: readonly string[], ...options: readonly string[]) {
  const paths = names.map((name) => join(scene.folder, "out", name));
  let steps = 0;
  return runVerbOf(scene.alice.test, ["file", "send", "bob", ...paths, "--json", ...options], {
    async passTime() {
      ok(steps++ < MAX_STEPS, "it does not end");
      await scene.pair.world.clock.advance(20);
    },
  });
}

Deno.test("file send says that something is on its way when another name of the command fails", async () => {
  await using scene = await openAway();
  const { alice } = scene;
  await scene.write("big.bin", utf8("big"));
  equal((await send(scene, ["big.bin"], "--wait", "uploaded")).exit, EXIT.resumable);
  const { exit, last, notes } = await send(scene, ["big.bin", "missing.txt"]);
  const [{ id }] = await alice.transfers();
  deepEqual([exit, last.kept, last.state, last.id], [EXIT.unknown, true, "sent", id]);
  match(notes, /No file \S+missing\.txt\. The server has all of it$/m);
});

Deno.test("file send of more files than one offer takes has offered all of them or none when it fails", async () => {
  await using scene = await openAway();
  const { alice } = scene;
  for (let n = 0; n <= MAX_ITEMS; n++) await scene.write(`many/${n}`, utf8(`${n}`));
  const { database } = alice.client.messenger.profile;
  database.command(`CREATE TRIGGER second BEFORE INSERT ON transfer
    WHEN (SELECT count(*) FROM transfer) > 0 BEGIN SELECT raise(ABORT, 'as a fault'); END`).run();
  const failed = await send(scene, ["many"], "--wait", "uploaded");
  deepEqual([failed.exit, failed.last.kept], [EXIT.failure, false]);
  equal((await alice.transfers()).length, 0);
  database.command("DROP TRIGGER second").run();
  equal((await send(scene, ["many"], "--wait", "uploaded")).exit, EXIT.resumable);
  const sent = (await alice.transfers()).flatMap(({ items }) => items.map(({ path }) => path));
  equal(new Set(sent).size, MAX_ITEMS + 1);
});

Deno.test({
  name: "file send that goes on names again what it cannot send, and ends as it would have",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using scene = await openAway();
    const { alice, bob } = scene;
    await scene.write("odd/plain.txt", utf8("plain"));
    const folder = join(scene.folder, "out", "odd");
    // A name of bytes that are no text cannot be given to this runtime.
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", ': > "$(printf "%s/caf\\351.txt" "$0")"', folder],
    }).output();
    ok(success);
    const first = await send(scene, ["odd"], "--wait", "uploaded");
    equal(first.exit, EXIT.resumable);
    await bob.back();
    await scene.until(async () => (await bob.client.transfers.waiting()).length > 0);
    const [offer] = await bob.client.transfers.waiting();
    await bob.client.transfers.accept(offer, join(scene.folder, "in"));
    const again = await send(scene, ["odd"]);
    equal(again.exit, EXIT.unknown, again.notes);
    match(again.notes, /^Skipped: odd\/caf\\xE9\.txt \(its name is not valid text\)$/m);
    equal((await alice.transfers()).length, 1);
  },
});

Deno.test("file send goes on beside an empty folder, as it began", async () => {
  await using scene = await openAway();
  await scene.write("big.bin", utf8("big"));
  await Deno.mkdir(join(scene.folder, "out", "empty"));
  for (let time = 0; time < 2; time++) {
    const { exit, notes } = await send(scene, ["big.bin", "empty"], "--wait", "uploaded");
    equal(exit, EXIT.resumable, notes);
  }
  equal((await scene.alice.transfers()).length, 1);
});

Deno.test({
  name: "file send of a pipe says that it is no file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using scene = await openAway();
    const pipe = join(scene.folder, "out", "pipe");
    ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    const { exit, notes, last } = await send(scene, ["pipe"]);
    deepEqual([exit, last.kept], [EXIT.usage, false]);
    match(notes, /^Cannot send \S+pipe: it is neither a file nor a folder$/m);
    doesNotMatch(notes, /unexpected/);
  },
});
