/** Files with names that meet, or that are no text, and what is no file: told, renamed or refused, never waited for (R3, R9). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { newTransferId, newUploadId } from "../../../lib/base/ids.ts";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { say } from "../../../lib/client/transfers/control_messages.ts";
import type { OfferNews } from "../../../lib/client/transfers/offering.ts";
import { TransferStore } from "../../../lib/client/transfers/transfer_store.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { openSenders, type Senders } from "../../kit/file_senders.ts";
import { runVerbOf } from "../../kit/verb_runs.ts";

const NONE = new AbortController().signal;

/** Sends a folder of these files, and returns what arrived and what the sender was told before. */
async function sendFolder(
  scene: Senders,
  names: readonly string[],
): Promise<{ arrived: ReadonlyMap<string, Uint8Array>; news: OfferNews | undefined }> {
  const { alice, bob, pair } = scene;
  for (const name of names) await scene.write(`net/${name}`, utf8(name));
  alice.work();
  bob.work();
  let news: OfferNews | undefined;
  await alice.client.transfers.offer(
    pair.bob.account,
    [join(scene.folder, "out", "net")],
    NONE,
    async (told) => {
      equal((await alice.transfers()).length, 0, "told before it is offered");
      news = told;
    },
  );
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  return { arrived: await scene.received(), news };
}

// The walk goes by code units: capitals first, and what is decomposed before what is composed.
const MEETING: readonly (readonly [first: string, second: string, renamed: string])[] = [
  ["xt_MARK.h", "xt_mark.h", "xt_mark (1).h"],
  ["Makefile", "makefile", "makefile (1)"],
  ["e\u0301.txt", "\u00e9.txt", "\u00e9 (1).txt"],
];

for (const [first, second, renamed] of MEETING) {
  Deno.test(`SR-64: ${first} and ${second} arrive together, one of them with a number, and the sender is told before`, async () => {
    await using scene = await openSenders();
    const { arrived, news } = await sendFolder(scene, [second, first, "other"]);
    // Every name is composed when it arrives.
    const place = (name: string) => `net/${name.normalize("NFC")}`;
    deepEqual(
      [...arrived.keys()].sort(),
      [place(first), place(renamed), "net/other"].sort(),
    );
    deepEqual(arrived.get(place(first)), utf8(first));
    deepEqual(arrived.get(place(renamed)), utf8(second));
    deepEqual(news, { leftOut: [], renamed: [{ path: `net/${second}`, there: place(renamed) }] });
  });
}

Deno.test("an offer that cannot be taken is refused by itself, and its sender is told", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const { messenger } = alice.client;
  const store = new TransferStore(messenger.profile);
  const [id, upload] = [newTransferId(systemRandom), newUploadId(systemRandom)];
  const key = encodeBase64(systemRandom.bytes(32));
  // As an older program offers it: this one refuses to.
  const path = `${"a/".repeat(40)}b`;
  const item = { path, source: "/nowhere", sizeBytes: 1, modifiedMs: 0, type: "text/plain" };
  const sealed = await store.seal(id, { upload, key, items: [item] });
  const word = {
    kind: "file.offer" as const,
    upload,
    key,
    items: [{ path, sizeBytes: 1, type: "text/plain" }],
  };
  await say(
    messenger,
    { peer: pair.bob.account, transfer: id, word },
    () => store.insert({ id, direction: "out", peer: pair.bob.account }, sealed),
  );
  alice.work();
  bob.work();
  await scene.until(async () => (await alice.states())[0] === "cancelled");
  deepEqual((await alice.transfers())[0].state, {
    state: "cancelled",
    by: "there",
    reason: "refused",
  });
  const lines = (await bob.test.entries()).map(({ text }) => text);
  ok(
    lines.includes("Cannot accept files of alice: the folders are nested too deeply"),
    `${lines}`,
  );
  const deep = join(scene.folder, "out", ..."a".repeat(40));
  await Deno.mkdir(deep, { recursive: true });
  await Deno.writeTextFile(join(deep, "b"), "deep");
  await alice.client.transfers.offer(pair.bob.account, [join(scene.folder, "out", "a")], NONE).then(
    () => ok(false, "it was offered"),
    ({ code }) => equal(code, "path-too-deep"),
  );
});

Deno.test({
  name:
    "what is no file below a folder, or has no name in text, is named; the rest arrives, and the exit code tells",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    const folder = join(scene.folder, "out", "mixed");
    await scene.write("mixed/plain.txt", utf8("plain"));
    await Deno.mkdir(join(folder, "below"));
    await Deno.symlink("plain.txt", join(folder, "link"));
    await Deno.symlink("nowhere", join(folder, "dangling"));
    // A name of bytes that are no text cannot be given to this runtime.
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", 'mkfifo "$0/pipe" && : > "$(printf "%s/below/caf\\351.txt" "$0")"', folder],
    }).output();
    ok(success);
    await alice.test.disconnect();
    bob.work();
    const taken = async () => {
      for (const offer of await bob.client.transfers.waiting()) {
        await bob.client.transfers.accept(offer, join(scene.folder, "in"));
      }
      await pair.world.clock.advance(20);
    };
    const run = await runVerbOf(alice.test, ["file", "send", "bob", folder, "--json"], {
      passTime: taken,
    });
    equal(run.exit, EXIT.unknown, run.notes);
    const told = run.data.trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ type }) => type === "left-out").map(({ path, why }) => [path, why]);
    deepEqual(told, [
      ["mixed/below/caf\\xE9.txt", "name"],
      ["mixed/dangling", "link"],
      ["mixed/link", "link"],
      ["mixed/pipe", "pipe"],
    ]);
    match(run.notes, /^Skipped: mixed\/below\/caf\\xE9\.txt \(its name is not valid text\)$/m);
    deepEqual([...(await scene.received()).keys()], ["mixed/plain.txt"]);
  },
});
