import assert from "node:assert/strict";
import { join } from "node:path";
import { parseFileFolders } from "../../../lib/cli/open_context.ts";
import { listOutbox, outboxFolder, outboxLine } from "../../../lib/cli/dialogue/outbox.ts";

Deno.test("row S0.29: files are numbered from 0 by name, of the folder `from` when there is one, without hidden ones", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "outbox-" });
  try {
    const changed = new Date(2022, 7, 3, 23, 25, 3);
    const write = async (name: string, content: string | Uint8Array = new Uint8Array(4097)) => {
      const path = join(folder, name);
      await (typeof content === "string"
        ? Deno.writeTextFile(path, content)
        : Deno.writeFile(path, content));
      await Deno.utime(path, changed, changed);
    };
    for (const name of ["b.txt", "a.txt", ".hidden"]) await write(name);
    const lines = async () =>
      await Promise.all((await listOutbox(await outboxFolder(folder))).map(outboxLine));
    const binary = "4,097 B  application/octet-stream  2022-08-03 23:25:03";
    assert.deepEqual(await lines(), [`0  a.txt  ${binary}`, `1  b.txt  ${binary}`]);
    await Deno.mkdir(join(folder, "from"));
    assert.deepEqual(await lines(), []);
    await write(
      "from/yo_en_png.png",
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    );
    await write("from/note.md", "words\n");
    assert.deepEqual(await lines(), [
      "0  note.md  6 B  text/plain  2022-08-03 23:25:03",
      "1  yo_en_png.png  8 B  image/png  2022-08-03 23:25:03",
    ]);
    // Gone since it was listed.
    const [listed] = await listOutbox(await outboxFolder(folder));
    await Deno.remove(listed.path);
    assert.match(await outboxLine(listed), /^0 {2}note\.md {2}6 B {2}cannot be read /);
    await assert.rejects(listOutbox(join(folder, "missing")), { name: "StorageError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("S0.03: [files] names the folders that files come from and go to, and nothing that moves with where one is", async () => {
  const nothing = { inbox: undefined, outbox: undefined };
  assert.deepEqual(parseFileFolders("", "/home/ana"), nothing);
  assert.deepEqual(parseFileFolders("[screen]\nlist = true\n", "/home/ana"), nothing);
  assert.deepEqual(
    parseFileFolders("[files]\ninbox = '/srv/to'\noutbox = '~/from'\n", "/home/ana"),
    { inbox: "/srv/to", outbox: "/home/ana/from" },
  );
  const wrongs = ["inbox = 'to'", "outbox = 7", "inbox = '~/to'\nfrom = '/srv'", "inbox = ''"];
  for (const wrong of [...wrongs.map((line) => `[files]\n${line}`), "files = 1", "files"]) {
    assert.throws(() => parseFileFolders(wrong, undefined), { code: "bad-config" }, wrong);
  }
  assert.equal(await outboxFolder("/anywhere", "/home/ana/from"), "/home/ana/from");
});
