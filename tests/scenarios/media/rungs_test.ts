import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { checkJpeg } from "../../../lib/media/picture/jpeg_check.ts";
import { rungsOf } from "../../../lib/media/library/rungs.ts";
import { footage, openFfmpeg, openStore, videoFile, withFfmpeg } from "./media_kit.ts";

withFfmpeg(
  "store gives every decoded frame in each rung, one for one, and none larger than the source",
  async () => {
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    const file = await videoFile(footage("realshort.mp4"));
    const drawn = await store.facts.watchable(file);
    const rungs = rungsOf(drawn);
    ok(rungs.every(({ heightPx }) => heightPx <= drawn.heightPx + 1));
    const sizes: number[] = [];
    for (const rung of [rungs[0], rungs[rungs.length - 1]]) {
      using reader = await store.reader(file, rung);
      deepStrictEqual([reader.widthPx, reader.heightPx], [rung.widthPx, rung.heightPx]);
      let bytes = 0;
      for (let frame = 0; frame < 36; frame++) {
        const { jpeg, ptsMs } = await reader.read(frame);
        equal(ptsMs, reader.timeline.ptsMs[frame]);
        ok(checkJpeg(jpeg, reader).ok, `frame ${frame}`);
        bytes += jpeg.length;
      }
      ok(reader.prepare(0, 35), "all of them are there");
      sizes.push(bytes);
    }
    ok(sizes[0] < sizes[1]);
  },
);
