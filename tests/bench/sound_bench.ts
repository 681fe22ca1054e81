/**
 * How much the sound of a video is behind its picture, by each way of this machine: a film of flashes and beeps, a sound server
 * without a card, and what is heard there. The recorder hears everything about 10 ms early. Linux with pulseaudio only.
 */

import { systemClock } from "../../lib/base/clock.ts";
import { captureOf, soundOf } from "../../lib/client/streams/sending.ts";
import { Ffmpeg } from "../../lib/media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../lib/media/ffmpeg/ffmpeg_locate.ts";
import { makeBeepFilm } from "../kit/beep_film.ts";
import { FilmServer } from "../kit/film_server.ts";
import { hostedOffsets, liveOffsets } from "../kit/live_offsets.ts";
import { watchOffsets, waysOf } from "../kit/offset_watch.ts";
import { HAS_SOUND_RIG, SoundRig } from "../kit/sound_rig.ts";

const SECONDS = 10;
const SOUGHT_AFTER_MS = 6_000;
const SOUGHT_MS = 2_600;

function inWords(offsetsMs: readonly number[]): string {
  const sorted = offsetsMs.toSorted((a, b) => a - b).map(Math.round);
  return `${sorted[0]}, ${sorted[sorted.length >> 1]}, ${sorted.at(-1)} ms`;
}

if (import.meta.main) {
  const ffmpeg = await locateFfmpeg({ projectFolder: "." });
  if (!HAS_SOUND_RIG || !ffmpeg.found) {
    console.log("Not measured: needs pulseaudio, pactl, parec and ffmpeg");
    Deno.exit(0);
  }
  const folder = await Deno.makeTempDir({ prefix: "sound" });
  const films = `${folder}/films`;
  await Deno.mkdir(films);
  const film = { seconds: SECONDS, tracks: "one" } as const;
  await makeBeepFilm(ffmpeg.path, `${films}/film.mp4`, film);
  console.log("| played by | sound behind the picture: least, middle, greatest | beeps |");
  console.log("| --- | --- | --- |");
  await using rig = await SoundRig.open();
  // Programs find the rig's server as a person's own.
  for (const [name, value] of Object.entries(rig.environment)) Deno.env.set(name, value);
  const { ways } = await waysOf(rig, folder);
  for (const way of ways) {
    await using server = await FilmServer.open({ films, folder, ffmpegPath: ffmpeg.path });
    const sound = { ways: [way], silence: undefined };
    const { offsetsMs } = await watchOffsets(server, rig, { video: "film", sound });
    console.log(`| ${way.name} | ${inWords(offsetsMs)} | ${offsetsMs.length} |`);
  }
  const ffmpegHere = await Ffmpeg.open({ path: ffmpeg.path, workFolder: `${folder}/work` });
  const source = { kind: "file", path: `${films}/film.mp4` } as const;
  const { sound } = soundOf(ffmpegHere, source, undefined);
  for (const way of ways) {
    const { signal } = new AbortController();
    const { offsetsMs } = await liveOffsets({ ...captureOf(ffmpegHere, source), sound }, rig, {
      ways: { ways: [way], silence: undefined },
      stop: signal,
    });
    console.log(`| ${way.name}, of a live stream | ${inWords(offsetsMs)} | ${offsetsMs.length} |`);
  }
  const capture = captureOf(ffmpegHere, source).capture;
  const hosted = await hostedOffsets({ capture, sound }, rig, {
    ways: { ways: ways.slice(0, 1), silence: undefined },
    async steer(projector) {
      projector.steer({ isPaused: false });
      await systemClock.sleep(SOUGHT_AFTER_MS);
      projector.steer({ positionMs: SOUGHT_MS });
    },
  });
  const offsetsMs = hosted.offsetsMs;
  console.log(
    `| ${ways[0].name}, of a hosted file with a seek | ${
      inWords(offsetsMs)
    } | ${offsetsMs.length} |`,
  );
  await Deno.remove(folder, { recursive: true });
}
