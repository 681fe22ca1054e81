import { deepEqual, equal, ok } from "node:assert/strict";
import { FrameSaver } from "../../../../lib/cli/video/frame_saver.ts";
import { savedLine } from "../../../../lib/app/commands/videos.ts";
import { checkJpeg } from "../../../../lib/media/picture/jpeg_check.ts";
import type { Picture } from "../../../../lib/client/video/frame_assembly.ts";

const jpeg = await Deno.readFile("tests/fixtures/cockatoo.jpg");

function picture(index: number): Picture {
  const checked = checkJpeg(jpeg);
  ok(checked.ok);
  const { widthPx, heightPx } = checked.facts;
  return { index, jpeg, widthPx, heightPx, ptsMs: 0, sizeBytes: jpeg.length };
}

async function save(folder: string, indices: readonly number[]): Promise<number> {
  await using saver = await FrameSaver.open(folder);
  for (const index of indices) saver.save(picture(index));
  await saver.flush();
  return saver.saved;
}

Deno.test("a folder that is saved into again holds the pictures of its list, and what is the person's own", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "saved-" });
  await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  equal(await save(folder, [0, 1, 2]), 3);
  await Deno.writeTextFile(`${folder}/000007.jpg`, "not of the list");
  equal(await save(folder, [1]), 1);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  deepEqual(names, ["000001.jpg", "000007.jpg", "frames.jsonl"]);
});

Deno.test("saver knows which frames it did not get, and counts one that came again once", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "saved-" });
  await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  await using saver = await FrameSaver.open(folder);
  for (const index of [1, 2, 5, 2]) saver.save(picture(index));
  await saver.flush();
  equal(saver.saved, 3);
  deepEqual(saver.missing(8), [{ from: 0, to: 0 }, { from: 3, to: 4 }, { from: 6, to: 7 }]);
  deepEqual(saver.missing(0), []);
});

Deno.test("what was not saved is told, and how it is", () => {
  equal(savedLine({ saved: 31 }, { total: 31 }, "out"), "saved 31 frames in out");
  equal(
    savedLine({ saved: 29 }, { total: 31 }, "out"),
    "saved 29 frames in out, of 31: --speed max saves all",
  );
  equal(savedLine({ saved: 1 }, { total: 1 }, "out"), "saved 1 frame in out");
  const missing = [{ from: 0, to: 0 }, { from: 12, to: 15 }];
  equal(
    savedLine({ saved: 26, missing }, { total: 31 }, "out"),
    "saved 26 frames in out, of 31, not 0, 12-15: --speed max saves all",
  );
  const many = [1, 3, 5, 7, 9, 11].map((from) => ({ from, to: from }));
  equal(
    savedLine({ saved: 25, missing: many }, { total: 31 }, "out"),
    "saved 25 frames in out, of 31, not 1, 3, 5, 7, 9 and others: --speed max saves all",
  );
});
