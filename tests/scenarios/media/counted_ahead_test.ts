/** Films that are counted before anybody watches them take nobody's turn. */

import { equal, rejects } from "node:assert/strict";
import { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { openSandbox } from "../../../lib/media/ffmpeg/sandbox.ts";
import {
  FFMPEG_PATH,
  footage,
  openStore,
  script,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

withFfmpeg("whoever watches a film waits for none that is only counted ahead", async () => {
  const folder = await tempFolder();
  // Counting one that nobody watches takes as long as that is.
  const path = await script(
    folder,
    `case "$*" in *ahead-*scale=16:16*) exec sleep 1000;; esac\nexec ${FFMPEG_PATH} "$@"`,
  );
  const ffmpeg = await Ffmpeg.open({ path, workFolder: `${folder}/work`, sandbox: openSandbox });
  await using store = await openStore({ ffmpeg });
  const stop = new AbortController();
  const { signal } = stop;
  const counting = [1, 2, 3].map(async (number) => {
    const ahead = `${folder}/ahead-${number}.webm`;
    await Deno.copyFile(footage("launch.webm"), ahead);
    await store.facts.timeline(await videoFile(ahead), { signal, isAhead: true });
  });
  const over = Promise.all(counting.map((one) => rejects(one, /enough/)));
  using reader = await store.reader(await videoFile(footage("launch.webm")), "240p");
  equal((await reader.read(0)).frame, 0);
  stop.abort(new Error("enough"));
  await over;
});
