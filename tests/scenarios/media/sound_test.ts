import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Player } from "../../../lib/client/video/player.ts";
import { SoundDecoder } from "../../../lib/media/sound/opus_decoder.ts";
import { PlaybackClock } from "../../../lib/media/playback/playback_clock.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type { PushFields } from "../../../lib/protocol/hop/mod.ts";
import { makeBeepFilm } from "../../kit/beep_film.ts";
import { FilmServer } from "../../kit/film_server.ts";
import { FFMPEG_PATH, tempFolder, withFfmpeg } from "./media_kit.ts";

type Unit = PushFields<"video.sound">;

/** Films, a server of them, and the sound that it sends. */
async function listening(make: (films: string) => Promise<void>) {
  const folder = await tempFolder();
  const films = `${folder}/films`;
  await Deno.mkdir(films);
  await make(films);
  const server = await FilmServer.open({ films, folder, ffmpegPath: FFMPEG_PATH });
  const came: { readonly unit: Unit; readonly payload: Uint8Array<ArrayBuffer> }[] = [];
  let heard = () => {};
  server.link.on("video.sound", (unit, payload) => {
    came.push({ unit, payload });
    heard();
  });
  return {
    server,
    came,
    open: (video: string) =>
      Player.open(server.link, {
        ...{ video, mode: "fixed:240p", clock: systemClock },
        playback: new PlaybackClock(1),
      }),
    /** Until the sound is over, or there is some up to that place. */
    async until(placeMs: number): Promise<void> {
      const isThere = () => {
        const last = came.at(-1)?.unit;
        return last !== undefined && (last.sizes.length === 0 || last.at >= placeMs * 48 - 10_000);
      };
      while (!isThere()) await new Promise<void>((resolve) => heard = resolve);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Where beeps begin in what came, in ms of the film. */
async function beeps(came: readonly { unit: Unit; payload: Uint8Array<ArrayBuffer> }[]) {
  using decoder = await SoundDecoder.open();
  const found: number[] = [];
  let loudAt = -Infinity;
  for (const { unit, payload } of came) {
    let place = unit.at - unit.skip;
    let offset = 0;
    for (const size of unit.sizes) {
      const pcm = decoder.decode(payload.slice(offset, offset += size));
      const view = new DataView(pcm.buffer);
      for (let i = 0; i < pcm.length; i += 4, place++) {
        if (Math.abs(view.getInt16(i, true)) < 1_500) continue;
        if (place - loudAt > 24_000) found.push(Math.round(place / 48));
        loudAt = place;
      }
    }
  }
  return found;
}

function near(found: readonly number[], wanted: readonly number[]): void {
  equal(found.length, wanted.length, found.join(" "));
  for (const [i, ms] of found.entries()) ok(Math.abs(ms - wanted[i]) <= 25, found.join(" "));
}

withFfmpeg("sound of a film comes once, in order, at its time, and ends with it", async () => {
  await using scene = await listening((films) =>
    makeBeepFilm(FFMPEG_PATH, `${films}/film.mp4`, { seconds: 4, tracks: "one" })
  );
  const { stream } = await scene.open("film");
  const { link } = scene.server;
  const tracks = (await link.ask("video.tracks", { stream })).fields;
  equal(tracks.sound.length, 1);
  deepEqual(tracks.subtitles, []);
  const listen = (from: number, until: number) =>
    link.tell("video.listen", { stream, epoch: 0, track: 0, from, until });
  listen(0, 1000);
  await scene.until(1000);
  listen(900, 3000);
  await scene.until(3000);
  listen(2900, 9000);
  await scene.until(9000);
  const last = scene.came.pop();
  equal(last?.unit.sizes.length, 0);
  equal(last?.unit.problem, undefined);
  // Each unit goes on where the one before ended.
  const starts = scene.came.map(({ unit }) => unit.at - unit.skip);
  deepEqual(starts, starts.map((_, i) => i * 9600 - 312));
  near(await beeps(scene.came), [0, 1000, 2000, 3000]);
});

withFfmpeg(
  "sound behind a seek is that of its place, and sound of an epoch that is over does not come",
  async () => {
    await using scene = await listening((films) =>
      makeBeepFilm(FFMPEG_PATH, `${films}/film.mkv`, { seconds: 30, tracks: "full" })
    );
    const player = await scene.open("film");
    const { stream } = player;
    const { link } = scene.server;
    const { sound, subtitles } = (await link.ask("video.tracks", { stream })).fields;
    deepEqual(sound, [{ language: "eng" }, { language: "deu", title: "Commentary" }]);
    deepEqual(subtitles, [{ language: "eng" }]);
    await player.seek(20_000);
    const about = { stream, track: 0, from: 20_000, until: 22_500 };
    link.tell("video.listen", { ...about, epoch: 0 });
    link.tell("video.listen", { ...about, epoch: 1 });
    await scene.until(22_500);
    ok(scene.came.every(({ unit }) => unit.epoch === 1));
    near(await beeps(scene.came), [20_000, 21_000, 22_000]);
    // The other track is a tone without a pause.
    scene.came.length = 0;
    link.tell("video.listen", { ...about, epoch: 1, track: 1 });
    await scene.until(22_500);
    ok(scene.came.every(({ unit }) => unit.track === 1));
    equal((await beeps(scene.came)).length, 1);
  },
);

withFfmpeg("a track that is not there is said, and a film without sound has none", async () => {
  await using scene = await listening((films) =>
    makeBeepFilm(FFMPEG_PATH, `${films}/film.mp4`, { seconds: 1, tracks: "silent" })
  );
  const { stream } = await scene.open("film");
  const { link } = scene.server;
  deepEqual((await link.ask("video.tracks", { stream })).fields, { sound: [], subtitles: [] });
  link.tell("video.listen", { stream, epoch: 0, track: 3, from: 0, until: 1000 });
  await scene.until(1000);
  equal(scene.came[0].unit.problem, "the server cannot make it: no such track");
  await rejects(link.ask("video.cues", { stream, track: 0 }), { code: "bad-message" });
  await rejects(link.ask("video.tracks", { stream: 9 }), { code: "unknown-stream" });
});

withFfmpeg(
  "SR-75: subtitles come from the film and from files beside it, and none through a link",
  async () => {
    await using scene = await listening(async (films) => {
      await makeBeepFilm(FFMPEG_PATH, `${films}/film.mkv`, { seconds: 4, tracks: "full" });
      const cues = Array.from(
        { length: 60 },
        (_, i) =>
          `00:00:${String(i).padStart(2, "0")}.000 --> 00:00:${
            String(i).padStart(2, "0")
          }.900\n<b>${i}</b>\n`,
      );
      await Deno.writeTextFile(`${films}/film.de.vtt`, `WEBVTT\n\n${cues.join("\n")}`);
      await Deno.writeTextFile(`${films}/../outside.srt`, "not for reading");
      await Deno.symlink("../outside.srt", `${films}/film.fr.srt`).catch(() => {});
    });
    const { stream } = await scene.open("film");
    const { link } = scene.server;
    const { subtitles } = (await link.ask("video.tracks", { stream })).fields;
    deepEqual(subtitles, [{ language: "de" }, { language: "eng" }]);
    const first = (await link.ask("video.cues", { stream, track: 0 })).fields;
    equal(first.cues.length, 48);
    equal(first.more, true);
    const second = (await link.ask("video.cues", { stream, track: 0, after: 48 })).fields;
    deepEqual([second.cues.length, second.more], [12, false]);
    deepEqual(second.cues[0], { from: 48_000, until: 48_900, text: "48" });
    const inside = (await link.ask("video.cues", { stream, track: 1 })).fields.cues;
    deepEqual(
      inside.map(({ text }) => text),
      ["Hello there", "Bye"],
    );
    ok(Math.abs(inside[0].from - 500) <= 25);
    // Whoever goes to and fro has them read anew each time, and holds up everybody; further pages are free.
    const toAndFro = async () => {
      for (let i = 0; i < 1_000; i++) await link.ask("video.cues", { stream, track: i % 2 });
    };
    await rejects(toAndFro(), { code: "rate-limited" });
    const pages = [0, 1].map((track) => link.ask("video.cues", { stream, track, after: 1 }));
    const held = (await Promise.allSettled(pages)).filter(({ status }) => status === "fulfilled");
    equal(held.length, 1);
  },
);
