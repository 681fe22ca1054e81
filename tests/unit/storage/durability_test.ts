/** What must be on the disk before what: by the order in which the system is asked for it. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { TargetFiles } from "../../../lib/client/transfers/target_files.ts";
import type { Incoming } from "../../../lib/client/transfers/transfer.ts";
import { RunningHash } from "../../../lib/crypto/sealing/file_blocks.ts";
import { createFileAtomically, writeFileAtomically } from "../../../lib/storage/atomic_file.ts";
import { PartFile } from "../../../lib/storage/part_file.ts";
import { recordFileOperations } from "../../kit/file_operations.ts";

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "durable-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("row S0.39: a part is synced before it gets its name, and the folder behind that", () =>
  inFolder(async (folder) => {
    const asked = await recordFileOperations(async () => {
      using part = await PartFile.create(folder, "a");
      await part.append(utf8("hello "));
      await part.append(utf8("world"));
      await part.finish(folder, "a");
    });
    assert.deepEqual(asked, [
      "create a.part",
      "write a.part",
      "sync a.part",
      "link a.part a",
      "remove a.part",
      `sync ${basename(folder)}`,
    ]);
  }));

Deno.test("row S0.39: the same where there are no links", () =>
  inFolder(async (folder) => {
    const { link } = Deno;
    // As FAT and some shares answer.
    Deno.link = () => Promise.reject(new Deno.errors.NotSupported("no links here"));
    try {
      const asked = await recordFileOperations(async () => {
        using part = await PartFile.create(folder, "a");
        await part.append(utf8("hello"));
        await part.finish(folder, "a");
      });
      assert.deepEqual(asked, [
        "create a.part",
        "write a.part",
        "sync a.part",
        "link a.part a",
        "create a",
        "rename a.part a",
        `sync ${basename(folder)}`,
      ]);
    } finally {
      Deno.link = link;
    }
  }));

Deno.test("J4: each received file is on the disk under its name before it is written down as received", () =>
  inFolder(async (folder) => {
    const contents = [utf8("one"), utf8("two, longer")];
    const digest = (bytes: Uint8Array) => {
      const hash = new RunningHash();
      hash.update(bytes);
      return hash.digest();
    };
    const details = {
      items: contents.map(({ length }, i) => ({ path: `${i}`, sizeBytes: length, type: "" })),
      ...{ folder, roots: {}, finished: [], digests: [] },
    } as unknown as Incoming;
    const steps: string[] = [];
    const asked = await recordFileOperations(async () => {
      using target = await TargetFiles.open(details, async ({ finished, part }) => {
        // Said by a call that is recorded.
        const step = `${finished.length} finished, ${part === undefined ? "no part" : "a part"}`;
        steps.push(step);
        await Deno.remove(join(folder, step)).catch(() => {});
      });
      for (const bytes of contents) {
        await target.write(bytes);
        await target.write(digest(bytes));
      }
      assert.equal(target.digest.length, encodeHex(digest(contents[0])).length);
    });
    const of = (i: number) => [
      `create ${i}.part`,
      `remove ${i} finished, a part`,
      `write ${i}.part`,
      `sync ${i}.part`,
      `link ${i}.part ${i}`,
      `remove ${i}.part`,
      `sync ${basename(folder)}`,
      `remove ${i + 1} finished, no part`,
    ];
    assert.deepEqual(asked, [...of(0), ...of(1)]);
    assert.equal(steps.length, 4);
  }));

Deno.test("what is replaced at once is synced before it takes the place of what was there, and the folder behind that", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "key"), "old");
    const asked = await recordFileOperations(() =>
      writeFileAtomically(join(folder, "key"), utf8("new"))
    );
    const shown = asked.map((line) => line.replace(/\.writing-\S+/, "TEMPORARY"));
    assert.deepEqual(shown, [
      "write TEMPORARY",
      "sync TEMPORARY",
      "rename TEMPORARY key",
      `sync ${basename(folder)}`,
    ]);
  }));

Deno.test("a great new file is synced before it gets its name, and the folder behind that", () =>
  inFolder(async (folder) => {
    const asked = await recordFileOperations(() =>
      createFileAtomically(join(folder, "backup"), (file) => file.write(utf8("all")))
    );
    const shown = asked.map((line) => line.replace(/backup\.\d+\.part/, "PART"));
    assert.deepEqual(shown.slice(0, 5), [
      "create PART",
      "write PART",
      "sync PART",
      "link PART backup",
      `sync ${basename(folder)}`,
    ]);
  }));
