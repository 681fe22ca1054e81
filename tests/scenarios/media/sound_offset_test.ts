import { equal, ok } from "node:assert/strict";
import { makeBeepFilm } from "../../kit/beep_film.ts";
import { FilmServer } from "../../kit/film_server.ts";
import { watchOffsets, waysOf } from "../../kit/offset_watch.ts";
import { HAS_SOUND_RIG, SoundRig } from "../../kit/sound_rig.ts";
import { FFMPEG_PATH, tempFolder } from "./media_kit.ts";

Deno.test({
  name: "sound of a video is heard within 40 ms of its picture (needs pulseaudio)",
  ignore: !HAS_SOUND_RIG || FFMPEG_PATH === "",
  async fn() {
    const folder = await tempFolder();
    const films = `${folder}/films`;
    await Deno.mkdir(films);
    await makeBeepFilm(FFMPEG_PATH, `${films}/film.mp4`, { seconds: 8, tracks: "one" });
    await using rig = await SoundRig.open();
    await using server = await FilmServer.open({ films, folder, ffmpegPath: FFMPEG_PATH });
    const sound = await waysOf(rig, folder);
    equal(sound.ways[0]?.name, "PulseAudio");
    const { offsetsMs, said } = await watchOffsets(server, rig, { video: "film", sound });
    const middle = offsetsMs.toSorted((a, b) => a - b)[offsetsMs.length >> 1];
    ok(Math.abs(middle) <= 40, `${offsetsMs.map(Math.round).join(" ")}`);
    ok(said.every((line) => !line.includes("no sound")), said.join("\n"));
  },
});
