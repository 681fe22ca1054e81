/**
 * How much the sound of a video is behind its picture, by each way of this machine: a film of flashes and beeps, a sound server
 * without a card, and what is heard there. The recorder hears everything about 10 ms early. Linux with pulseaudio only.
 */

import { locateFfmpeg } from "../../lib/media/ffmpeg_locate.ts";
import { makeBeepFilm } from "../kit/beep_film.ts";
import { FilmServer } from "../kit/film_server.ts";
import { watchOffsets, waysOf } from "../kit/offset_watch.ts";
import { HAS_SOUND_RIG, SoundRig } from "../kit/sound_rig.ts";

const SECONDS = 10;

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
    const sorted = offsetsMs.toSorted((a, b) => a - b).map(Math.round);
    const said = `${sorted[0]}, ${sorted[sorted.length >> 1]}, ${sorted.at(-1)} ms`;
    console.log(`| ${way.name} | ${said} | ${sorted.length} |`);
  }
  await Deno.remove(folder, { recursive: true });
}
