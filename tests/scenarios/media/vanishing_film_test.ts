/** A film that is gone, or another file, once it was counted. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { Library } from "../../../lib/server/media/library.ts";
import {
  fixture,
  footage,
  openFfmpeg,
  openStore,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

for (
  const [what, change] of [
    ["vanishes", (path: string) => Deno.remove(path)],
    ["becomes a text", (path: string) => Deno.writeTextFile(path, "no film any more\n")],
  ] as const
) {
  withFfmpeg(
    `a film that ${what} once it was counted ends in a word, and every other one goes on`,
    async () => {
      const path = `${await tempFolder()}/video.webm`;
      await Deno.copyFile(footage("launch.webm"), path);
      await using store = await openStore({ ffmpeg: await openFfmpeg() });
      using other = await store.reader(await fixture("vfr41.mp4"), "240p");
      equal((await other.read(0)).frame, 0);
      const file = await videoFile(path);
      equal((await store.facts.timeline(file)).count, 194);
      await change(path);
      const watching = async () => {
        using reader = await store.reader(file, "240p");
        await reader.read(0);
      };
      await rejects(watching, { name: "MediaError" });
      equal((await other.read(40)).frame, 40);
    },
  );
}

for (
  const [what, change, words] of [
    ["vanishes", (path: string) => Deno.removeSync(path), /its file is gone$/],
    [
      "becomes a text",
      (path: string) => Deno.writeTextFileSync(path, "no film any more\n"),
      /its file has changed: open it again$/,
    ],
  ] as const
) {
  withFfmpeg(
    `a film that ${what} while it is opened is said to, and not to be damaged`,
    async () => {
      const folder = await tempFolder();
      const path = `${folder}/film.webm`;
      await Deno.copyFile(footage("launch.webm"), path);
      await using store = await openStore({ ffmpeg: await openFfmpeg() });
      const library = new Library(folder, store, true);
      const opening = library.open("film", "fixed:240p", () => change(path));
      await rejects(opening, { name: "Refusal", code: "media-refused", message: words });
    },
  );
}

withFfmpeg(
  "of a film that is removed no picture stays, once those who watch it have seen what is ready",
  async () => {
    const folder = await tempFolder();
    const path = `${folder}/film.webm`;
    await Deno.copyFile(footage("launch.webm"), path);
    const cache = `${folder}/cache`;
    const store = await openStore({ ffmpeg: await openFfmpeg(), folder: cache });
    const file = await videoFile(path);
    await store.prepare(file, "240p");
    const reader = await store.reader(file, "240p");
    await Deno.remove(path);
    await store.forget(file);
    equal((await reader.read(193)).frame, 193);
    reader.close();
    // The extraction that brought the last picture may still be ending.
    await store.close();
    equal(store.usedBytes, 0);
    deepEqual([...Deno.readDirSync(cache)], []);
  },
);
