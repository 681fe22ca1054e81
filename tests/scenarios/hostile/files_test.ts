/** Files from hostile people, over a hostile server, and onto a disk without room. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { newTransferId, newUploadId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { RunningHash } from "../../../lib/crypto/sealing/file_blocks.ts";
import { type FileWord, say } from "../../../lib/client/transfers/control_messages.ts";
import { TargetFiles } from "../../../lib/client/transfers/target_files.ts";
import { targetPaths } from "../../../lib/client/transfers/transfer.ts";
import { openSenders, readTree, type Senders } from "../../kit/file_senders.ts";
import { canMount, SmallDisk } from "../../kit/full_disk.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";

type Offer = Extract<FileWord, { kind: "file.offer" }>;

/** Alice's program says to bob what an honest one never would. */
async function offerRaw(
  { alice, pair }: Senders,
  paths: readonly string[],
  more: Partial<Offer> = {},
): Promise<void> {
  const items = paths.map((path) => ({ path, sizeBytes: 3, type: "text/plain" }));
  const word: Offer = {
    kind: "file.offer",
    upload: newUploadId(systemRandom),
    key: encodeBase64(systemRandom.bytes(32)),
    items,
    ...more,
  };
  const transfer = newTransferId(systemRandom);
  await say(alice.test.messenger, { peer: pair.bob.account, transfer, word });
  await alice.client.flush();
  await pair.bob.client.sync();
}

Deno.test("SR-64: offers whose paths lead nowhere or are too deep are not shown to the person as offers", async () => {
  await using scene = await openSenders();
  const { bob } = scene;
  for (const paths of [[], ["x".repeat(100) + "/" + "y/".repeat(40) + "z"]]) {
    await offerRaw(scene, paths);
  }
  await offerRaw(scene, ["a"], { key: encodeBase64(systemRandom.bytes(31)) });
  assert.deepEqual(await bob.transfers(), []);
  const codes = await bob.test.notices();
  assert.deepEqual(codes.filter((code) => code.startsWith("file-")), Array(3).fill("file-refused"));
});

Deno.test("SR-64: paths that contradict each other are offered, and come apart under names of their own", async () => {
  await using scene = await openSenders();
  const { bob } = scene;
  for (const paths of [["a", "A"], ["a", "a"], ["a", "a/b"], ["a/b", "A"]]) {
    await offerRaw(scene, paths);
  }
  const placed = (await bob.client.transfers.waiting()).map(({ items }) =>
    targetPaths(items)?.map((path) => path.join("/"))
  );
  assert.deepEqual(placed, [
    ["a", "A (1)"],
    ["a", "a (1)"],
    ["a (1)", "a/b"],
    ["a/b", "A (1)"],
  ]);
});

Deno.test("SR-64: hostile names come to rest inside the folder, under safe names, and nothing is replaced", async () => {
  await using scene = await openSenders();
  const { alice, bob, folder } = scene;
  await Deno.writeTextFile(join(folder, "precious"), "mine");
  // As far as a disk allows such names; safe_path_test.ts has the others.
  const names = ["..\\precious", "line\nbreak", "invoice\u202Efdp.exe", "CON", ".bashrc"];
  for (const name of names) await scene.write(`evil/${name}`, new TextEncoder().encode(name));
  alice.work();
  bob.work();
  await scene.offer("evil");
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  const arrived = [...(await scene.received()).keys()].filter((name) => name.startsWith("evil"));
  assert.deepEqual(
    arrived.sort(),
    [
      "evil/_CON",
      "evil/_bashrc",
      "evil/___precious",
      "evil/invoice_fdp.exe",
      "evil/line_break",
    ].sort(),
  );
  assert.equal(await Deno.readTextFile(join(folder, "precious")), "mine");
});

Deno.test("SR-64: a folder that stands as a link in the target is not followed", async () => {
  await using scene = await openSenders();
  const { alice, bob, folder } = scene;
  await scene.write("photos/a", systemRandom.bytes(10));
  await Deno.mkdir(join(folder, "elsewhere"));
  await Deno.symlink(await Deno.realPath(join(folder, "elsewhere")), join(folder, "in", "photos"));
  alice.work();
  bob.work();
  await scene.offer("photos");
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual([...Deno.readDirSync(join(folder, "elsewhere"))], []);
  assert.equal((await Deno.readFile(join(folder, "in", "photos (1)", "a"))).length, 10);
});

for (const planted of ["photos", "photos/below", "photos/below/deeper"]) {
  Deno.test(`SR-64: a link that comes into the place of ${planted} between two files is not followed`, async () => {
    await using scene = await openSenders();
    const place = join(scene.folder, "in");
    const elsewhere = join(scene.folder, "elsewhere");
    // What is behind the link looks as the folder did, so that nothing but the link itself tells.
    await Deno.mkdir(join(elsewhere, "below", "deeper"), { recursive: true });
    await Deno.mkdir(join(elsewhere, "deeper"));
    const files = ["photos/below/deeper/a", "photos/below/deeper/b"];
    const items = files.map((path) => ({ path, sizeBytes: 0, type: "text/plain" }));
    const upload = newUploadId(systemRandom);
    const start = { upload, key: "", items, roots: {}, finished: [], digests: [], folder: place };
    using target = await TargetFiles.open(start, () => Promise.resolve());
    const digest = new RunningHash().digest();
    await target.write(digest);
    await Deno.rename(join(place, planted), join(scene.folder, "moved"));
    // Whole, or it would lead nowhere from there.
    await Deno.symlink(await Deno.realPath(elsewhere), join(place, planted));
    await assert.rejects(target.write(digest), { name: "StorageError", code: "already-exists" });
    assert.deepEqual([...(await readTree(elsewhere)).keys()], []);
  });
}

Deno.test("SR-62: a server that changes, drops, repeats or swaps chunks is found out, and nothing false is written", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(300_000);
  await scene.write("big", bytes);
  const held: Parameters<NonNullable<Hooks["down"]>>[0][] = [];
  let tricks = 0;
  const middle: Hooks = {
    down({ header, payload }, pass) {
      if (header.kind !== "spool.piece" || tricks >= 10) return pass(header, payload);
      switch (tricks++ % 5) {
        case 1: {
          const changed = payload.slice();
          changed[changed.length >> 1] ^= 1;
          return pass(header, changed);
        }
        case 2:
          pass(header, payload);
          return pass(header, payload);
        case 3:
          held.push({ header, payload });
          return;
        case 4: {
          const other = held.pop();
          // The bytes of another place under this one's offset.
          return pass(header, other?.payload ?? payload);
        }
        default:
          return pass(header, payload);
      }
    },
  };
  await pair.bob.disconnect();
  alice.work();
  await scene.offer("big");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  await bob.back({ middle });
  await scene.accept();
  await scene.until(async () => {
    if (!bob.client.isOnline) await bob.rest().then(() => bob.back({ middle }));
    return (await bob.states())[0] === "done";
  });
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("a server that sends more than was granted is not given memory for it", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(900_000);
  await scene.write("big", bytes);
  let flood: (() => void) | undefined;
  const middle: Hooks = {
    up({ header, payload }, pass, answer) {
      if (header.kind === "spool.fetch") {
        const { upload } = header;
        // What nobody asked for, from the first granted byte on.
        flood = () => {
          for (let offset = 1e6; offset < 4e6; offset += 31_744) {
            answer({ kind: "spool.piece", upload, offset }, new Uint8Array(31_744));
          }
        };
        flood();
      }
      pass(header, payload);
    },
  };
  await pair.bob.disconnect();
  alice.work();
  await scene.offer("big");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  await bob.back({ middle });
  await scene.accept();
  await scene.until(async () => (await bob.states())[0] === "done");
  assert(flood !== undefined);
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("what somebody says of a transfer that is not theirs means nothing", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const carol = await (await pair.world.client("carol", 2)).connect();
  await scene.write("secret", systemRandom.bytes(100));
  await scene.offer("secret");
  await alice.client.flush();
  await bob.client.sync();
  const [{ id }] = await bob.transfers();
  for (const to of [pair.alice, pair.bob]) {
    await carol.client.findContact(to.account);
    for (
      const word of [
        { kind: "file.answer", accepts: true },
        { kind: "file.cancel", reason: "cancelled" },
        { kind: "file.done", digest: "0".repeat(64) },
      ] as const
    ) {
      await say(carol.messenger, { peer: to.account, transfer: id, word });
    }
    await carol.client.flush();
    await to.client.sync();
  }
  assert.deepEqual([await alice.states(), await bob.states()], [["offered"], ["offered"]]);
});

Deno.test("a receiver that claims another hash than what was read is not believed", async () => {
  await using scene = await openSenders();
  const { alice, pair } = scene;
  await scene.write("paper", systemRandom.bytes(50_000));
  await pair.bob.disconnect();
  alice.work();
  await scene.offer("paper");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  await alice.rest();
  const [{ id }] = await alice.transfers();
  await pair.bob.connect();
  const word = { kind: "file.done", digest: "0".repeat(64) } as const;
  await say(pair.bob.messenger, { peer: pair.alice.account, transfer: id, word });
  await pair.bob.client.flush();
  await pair.alice.client.sync();
  assert.deepEqual((await alice.transfers())[0].state, {
    state: "cancelled",
    by: "there",
    reason: "damaged",
  });
});

Deno.test({
  name:
    "J4: a full disk pauses with a message, keeps what is there, and goes on when there is room",
  ignore: !canMount(),
  async fn() {
    await using scene = await openSenders();
    const { alice, bob, folder } = scene;
    const bytes = systemRandom.bytes(3_000_000);
    await scene.write("big", bytes);
    {
      await using disk = await SmallDisk.under(join(folder, "in"), 2);
      await Deno.writeFile(join(folder, "in", "filler"), new Uint8Array(1_000_000));
      alice.work();
      bob.work();
      await scene.offer("big");
      await scene.accept();
      await scene.until(async () => (await bob.states())[0] === "paused");
      const [{ state, number }] = await bob.transfers();
      assert.equal(state.state === "paused" && state.why, "The disk is full");
      assert((await bob.test.notices()).includes("file-paused"));
      await scene.until(async () => (await alice.states())[0] === "paused");
      const part = (await scene.received()).get("big.part");
      assert(part !== undefined && part.every((byte, i) => byte === bytes[i]));
      await Deno.remove(join(folder, "in", "filler"));
      await bob.client.transfers.resume(await bob.client.transfers.numbered(number));
      // There is still not room for all of it.
      await scene.until(async () => (await bob.states())[0] === "paused");
      const more = (await scene.received()).get("big.part");
      assert(more !== undefined && more.length > part.length);
      void disk;
    }
  },
});
