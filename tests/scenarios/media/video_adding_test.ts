/** Accounts add videos to the library: a whole library, a real ffmpeg, the client's own sending. */

import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { addVideo } from "../../../lib/client/video/adding.ts";
import type { Link } from "../../../lib/client/link/link.ts";
import { refuse } from "../../../lib/protocol/failure.ts";
import { BULK_PART_MAX_BYTES, LIBRARY_MAX_BYTES } from "../../../lib/protocol/limits.ts";
import { FilmServer } from "../../kit/film_server.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import { FFMPEG_PATH, tempFolder, withFfmpeg } from "./media_kit.ts";

const FILM = join(PROJECT_ROOT, "videos", "launch.webm");
const { signal } = new AbortController();

async function library(): Promise<{ films: string; folder: string; server: FilmServer }> {
  const folder = await tempFolder();
  const films = `${folder}/films`;
  const server = await FilmServer.open({ films, folder, ffmpegPath: FFMPEG_PATH });
  return { films, folder, server };
}

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

/** Part of a video, and no more. */
async function begin(link: Link, pieces: number, sizeBytes: number): Promise<void> {
  await link.ask("video.add", { upload: 77, name: "half", extension: ".mp4", sizeBytes });
  const piece = new Uint8Array(BULK_PART_MAX_BYTES);
  for (let i = 0; i < pieces; i++) {
    await link.tellBulk("video.piece", { upload: 77, offset: i * piece.length }, piece);
  }
}

withFfmpeg(
  "an account adds a video, byte for byte, and it is listed in its collection",
  async () => {
    const { films, server } = await library();
    await using _ = server;
    const what = { path: FILM, name: "space/launch", extension: ".webm" };
    const added = await addVideo(server.link, what, signal);
    const film = await Deno.readFile(FILM);
    deepEqual(added, { name: "space/launch", sizeBytes: film.length });
    deepEqual(await Deno.readFile(`${films}/space/launch.webm`), film);
    deepEqual(filesIn(films), ["space"]);
    const { fields } = await server.link.ask("video.list", {});
    deepEqual(fields.videos.map(({ name }) => name), ["space/launch"]);
    await rejects(() => addVideo(server.link, what, signal), { code: "name-taken" });
  },
);

withFfmpeg(
  "what is no video, and a name that is no name, are refused with the reason, and nothing of them stays",
  async () => {
    const { films, folder, server } = await library();
    await using _ = server;
    const text = `${folder}/text.mp4`;
    await Deno.writeTextFile(text, "#EXTM3U\nfile:///etc/passwd");
    const add = (name: string, path = text, extension = ".mp4") =>
      addVideo(server.link, { path, name, extension }, signal);
    await rejects(() => add("text"), { code: "media-refused", message: /^Cannot add it: / });
    for (const name of ["../out", "a/b/c", ".hidden", "", "/etc/passwd"]) {
      await rejects(() => add(name), { code: "name-refused" }, name);
    }
    await rejects(() => add("film", FILM, ".exe"), { code: "name-refused" });
    await rejects(() => add("gone", `${folder}/gone.mp4`), { code: "no-file" });
    deepEqual(filesIn(films), []);
  },
);

withFfmpeg(
  "of a video that breaks off, comes in pieces that do not fit, or is begun anew, nothing stays",
  async () => {
    const { films, server } = await library();
    const problems: (string | undefined)[] = [];
    {
      await using _ = server;
      server.link.on("video.stored", ({ problem }) => void problems.push(problem));
      await begin(server.link, 2, 1_000_000);
      await begin(server.link, 1, 1_000_000);
      equal(filesIn(films).length, 1);
      await rejects(() => server.link.ask("video.finish", { upload: 77 }), {
        code: "unknown-upload",
      });
      const wrong = { upload: 77, offset: 500_000 };
      await server.link.tellBulk("video.piece", wrong, new Uint8Array(10));
      while (problems.length === 0) await systemClock.sleep(5);
      match(`${problems[0]}`, /do not fit/);
      deepEqual(filesIn(films), []);
      await begin(server.link, 2, 1_000_000);
    }
    deepEqual(filesIn(films), [], "the connection is gone");
  },
);

withFfmpeg(
  "the library has an end, what is on its way counted, and what is let go is not",
  async () => {
    const { server } = await library();
    await using _ = server;
    const add = (link: Link, sizeBytes: number) =>
      link.ask("video.add", { upload: 1, name: "large", extension: ".mp4", sizeBytes });
    const sizeBytes = LIBRARY_MAX_BYTES / 8;
    const links = Array.from({ length: 8 }, () => server.connect());
    for (const link of links) await add(link, sizeBytes);
    await rejects(() => add(server.link, 1), { code: "storage-full" });
    // Begun anew, the one before is let go first.
    await add(links[0], sizeBytes - 1);
    await add(server.link, 1);
    await rejects(() => add(server.connect(), 1), { code: "storage-full" });
  },
);

withFfmpeg("a video is not added by whom the role was taken from while it came", async () => {
  const folder = await tempFolder();
  const films = `${folder}/films`;
  let asked = 0;
  // Permitted once, at the beginning.
  const requirePermitted = () =>
    asked++ === 0 ? Promise.resolve() : Promise.reject(refuse("not-permitted", "Not permitted"));
  {
    await using server = await FilmServer.open({
      ...{ films, folder, ffmpegPath: FFMPEG_PATH, requirePermitted },
    });
    const what = { path: FILM, name: "launch", extension: ".webm" };
    await rejects(() => addVideo(server.link, what, signal), { code: "not-permitted" });
    deepEqual((await server.link.ask("video.list", {})).fields.videos, []);
  }
  deepEqual(filesIn(films), []);
});

Deno.test("who is no moderator adds no video", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  const what = { upload: 1, name: "x", extension: ".mp4", sizeBytes: 10 };
  equal(await client.refused("video.add", what), "not-permitted");
  equal(await client.refused("video.finish", { upload: 1 }), "unknown-upload");
});
