/** An ffmpeg that goes while the server runs, as by an upgrade of the system, and comes back. */

import { equal, ok, rejects } from "node:assert/strict";
import { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { probeVideo } from "../../../lib/media/ffmpeg/probe.ts";
import { scanTimeline } from "../../../lib/media/library/timeline_scan.ts";
import {
  FFMPEG_PATH,
  footage,
  openStore,
  standIn,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

withFfmpeg(
  "an ffmpeg that is gone is said to be, no film is taken for a broken one, and all goes on when it is back",
  async () => {
    const folder = await tempFolder();
    const path = `${folder}/ffmpeg`;
    await Deno.copyFile(FFMPEG_PATH, path);
    const ffmpeg = await Ffmpeg.open({ path, workFolder: `${folder}/work` });
    await using store = await openStore({ ffmpeg });
    const counted = await videoFile(footage("launch.webm"));
    const { count } = await store.facts.timeline(counted);
    const copy = `${folder}/new.webm`;
    await Deno.copyFile(counted.path, copy);
    const fresh = await videoFile(copy);
    await Deno.rename(path, `${path}.away`);
    const missing = { name: "MediaError", code: "ffmpeg-missing" };
    using reader = await store.reader(counted, "240p");
    await rejects(reader.read(0), missing);
    await rejects(store.facts.probe(fresh), missing);
    equal((await store.facts.timelineHead(counted))?.count, count, "what was counted is kept");
    await Deno.rename(`${path}.away`, path);
    equal((await reader.read(0)).frame, 0);
    ok((await store.facts.probe(fresh)).ok);
  },
);

Deno.test("an ffmpeg that does not start any more, or is killed, says nothing of a film", async () => {
  const unstarted = await standIn(
    "echo 'libavcodec.so.59: cannot open shared object file' >&2; exit 127",
  );
  await rejects(probeVideo(unstarted, "/v.mp4"), { name: "MediaError", code: "ffmpeg-failed" });
  const killed = await standIn("kill -9 $$");
  const shot = { name: "MediaError", code: "ffmpeg-killed" };
  await rejects(probeVideo(killed, "/v.mp4"), shot);
  await rejects(scanTimeline(killed, "/v.mp4", { durationMs: undefined }), shot);
});
