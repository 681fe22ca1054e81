import assert from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { discardPart, PartFile } from "../../../lib/storage/part_file.ts";
import { fileFacts, SourceFile } from "../../../lib/storage/source_file.ts";

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "files-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("row S0.39: a part grows beside its name, and gets it when it is finished", () =>
  inFolder(async (folder) => {
    using part = await PartFile.create(folder, "a.txt");
    await part.append(utf8("hello "));
    await part.append(utf8("world"));
    assert.equal(part.sizeBytes, 11);
    assert.deepEqual(names(folder), ["a.txt.part"]);
    assert.equal(await part.finish(folder, "a.txt"), join(folder, "a.txt"));
    assert.deepEqual(names(folder), ["a.txt"]);
    assert.equal(await Deno.readTextFile(join(folder, "a.txt")), "hello world");
  }));

Deno.test("SR-64: nothing that is there is overwritten, neither by a part nor by a finished file", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.txt"), "mine");
    await Deno.writeTextFile(join(folder, "a (1).txt"), "mine too");
    await Deno.writeTextFile(join(folder, "a.txt.part"), "another's");
    using part = await PartFile.create(folder, "a.txt");
    assert.equal(part.path, join(folder, "a (1).txt.part"));
    await part.append(utf8("new"));
    assert.equal(await part.finish(folder, "a.txt"), join(folder, "a (2).txt"));
    assert.equal(await Deno.readTextFile(join(folder, "a.txt")), "mine");
    assert.equal(await Deno.readTextFile(join(folder, "a (1).txt")), "mine too");
    assert.equal(await Deno.readTextFile(join(folder, "a.txt.part")), "another's");
  }));

Deno.test("a part that nobody goes on with is removed; what else has its name stays", () =>
  inFolder(async (folder) => {
    (await PartFile.create(folder, "a.txt")).close();
    await discardPart(join(folder, "a.txt.part"));
    // It is gone already.
    await discardPart(join(folder, "a.txt.part"));
    await Deno.mkdir(join(folder, "b.part"));
    await discardPart(join(folder, "b.part"));
    assert.deepEqual(names(folder), ["b.part"]);
    const below = discardPart(join(folder, "b.part", "\0"));
    await assert.rejects(below, { name: "StorageError" });
  }));

Deno.test("a part is taken up again at its length, and given whole to be hashed anew", () =>
  inFolder(async (folder) => {
    {
      using part = await PartFile.create(folder, "a");
      await part.append(utf8("first "));
    }
    using part = await PartFile.reopen(join(folder, "a.part"));
    assert(part !== undefined);
    assert.equal(part.sizeBytes, 6);
    let seen = "";
    await part.readAll((bytes) => seen += new TextDecoder().decode(bytes));
    assert.equal(seen, "first ");
    await part.append(utf8("second"));
    await part.cutTo(9);
    await part.append(utf8("!"));
    assert.equal(await Deno.readTextFile(part.path), "first sec!");
    assert.equal(await PartFile.reopen(join(folder, "b.part")), undefined);
    // Somebody has put something else in its place.
    await Deno.mkdir(join(folder, "c.part"));
    assert.equal(await PartFile.reopen(join(folder, "c.part")), undefined);
  }));

Deno.test("a source is read from anywhere", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a");
    await Deno.writeTextFile(path, "0123456789");
    using source = await SourceFile.open(path, await fileFacts(path));
    const buffer = new Uint8Array(3);
    const read = async (offset: number) => {
      await source.read(buffer, offset);
      return new TextDecoder().decode(buffer);
    };
    assert.deepEqual([await read(0), await read(3), await read(1), await read(7)], [
      "012",
      "345",
      "123",
      "789",
    ]);
    await source.requireUnchanged();
  }));

Deno.test("a source that was changed midway is noticed: longer, shorter, touched, or another file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a");
    const changed = { name: "StorageError", code: "changed" };
    const write = async (text: string) => {
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, 1_700_000_000, 1_700_000_000);
    };
    for (const after of ["0123456789+", "01234"]) {
      await write("0123456789");
      using source = await SourceFile.open(path, await fileFacts(path));
      await write(after);
      await assert.rejects(source.requireUnchanged(), changed);
    }
    await write("0123456789");
    const facts = await fileFacts(path);
    using source = await SourceFile.open(path, facts);
    await Deno.utime(path, 1_700_000_001, 1_700_000_001);
    await assert.rejects(source.requireUnchanged(), changed);
    await assert.rejects(SourceFile.open(path, facts), changed);
    await write("0123");
    await assert.rejects(source.read(new Uint8Array(5), 0), changed);
  }));

Deno.test("what is no file is no source", () =>
  inFolder(async (folder) => {
    await assert.rejects(fileFacts(folder), { name: "StorageError", code: "not-a-file" });
    await assert.rejects(fileFacts(join(folder, "no")), {
      name: "StorageError",
      code: "not-found",
    });
  }));
