/** How many videos one account may watch at a time, by what they cost: a whole library, a real ffmpeg. */

import { equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import type { Refusal } from "../../../lib/base/errors.ts";
import { Scope } from "../../../lib/base/scope.ts";
import { VIDEOS_PER_ACCOUNT_MAX } from "../../../lib/protocol/limits.ts";
import { FilmServer } from "../../kit/film_server.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import { FFMPEG_PATH, tempFolder, withFfmpeg } from "./media_kit.ts";

const MODE = "fixed:240p";

withFfmpeg(
  "D13: a class with one guest account watches what is ready, however many, and is told what to do where it is not",
  async () => {
    const folder = await tempFolder();
    const films = `${folder}/films`;
    await Deno.mkdir(films);
    const film = await Deno.readFile(join(PROJECT_ROOT, "videos", "realshort.mp4"));
    const names = Array.from({ length: VIDEOS_PER_ACCOUNT_MAX + 1 }, (_, i) => `film-${i + 10}`);
    // Each another file: what is extracted is kept by what is in it.
    for (const [i, name] of names.entries()) {
      await Deno.writeFile(`${films}/${name}.mp4`, new Uint8Array([...film, ...new Uint8Array(i)]));
    }
    await using server = await FilmServer.open({ films, folder, ffmpegPath: FFMPEG_PATH });
    const pupils = names.map(() => server.connect());
    const watch = (pupil: number, name: string) =>
      pupils[pupil].ask("video.open", { video: name, mode: MODE, speed: 1 });

    // Nothing is ready: each costs extraction, and the last one is refused with what to do.
    const streams: number[] = [];
    for (const [i, name] of names.slice(1).entries()) {
      streams.push((await watch(i, name)).fields.stream);
    }
    await rejects(() => watch(VIDEOS_PER_ACCOUNT_MAX, names[0]), (error: Refusal) => {
      equal(error.code, "too-many");
      match(error.message, /Watch one of these, or one that is ready/);
      return true;
    });
    // Who watches what another pupil watches costs nothing more.
    await watch(VIDEOS_PER_ACCOUNT_MAX, names[1]);
    // The operator makes that one ready, while all the others are watched.
    {
      await using scope = new Scope();
      scope.run("prepare", (stop) => server.library.prepareAhead(systemClock, stop));
      server.library.preparation.want(await server.library.find(names[0]), MODE);
      while (!await isReady(server, names[0])) await systemClock.sleep(20);
    }
    const { fields } = await watch(VIDEOS_PER_ACCOUNT_MAX, names[0]);
    ok(fields.total > 0);
    equal(streams.length, VIDEOS_PER_ACCOUNT_MAX);
  },
);

async function isReady(server: FilmServer, wanted: string): Promise<boolean> {
  const { videos } = await server.library.list(0);
  return videos.find(({ name }) => name === wanted)?.ready.includes("240p") === true;
}
