/** Accounts add videos to the library: a whole library, a real ffmpeg, the client's own sending. */

import { compareBytes } from "../../../lib/base/bytes.ts";
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { type AddingLink, addVideo } from "../../../lib/client/video/adding.ts";
import type { Link } from "../../../lib/client/link/link.ts";
import { refuse } from "../../../lib/protocol/failure.ts";
import { SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
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

/** A client that stays with one connection. */
const over = (link: Link) => ({ link, isOnline: true, listen: () => () => {} });

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

/** What a client calls a file of its own. */
const FILE = "a".repeat(32);
/** More than is on its way at once. */
const PIECES_BEFORE_CUT = 100;

/** Of several times what is on its way at once; what stands behind its end is passed over. */
async function largeFilm(folder: string): Promise<string> {
  const film = await Deno.readFile(FILM);
  const large = new Uint8Array(12 * 1024 * 1024);
  large.set(film);
  const path = `${folder}/large.webm`;
  await Deno.writeFile(path, large);
  return path;
}

/** A client whose connection ends after so many pieces, a number of times, and is back at once. */
class CutClient {
  readonly isOnline = true;
  /** Of each connection that sent something. */
  readonly firstOffsets: number[] = [];
  connections = 0;
  readonly #server: FilmServer;
  readonly #cuts: number;
  #link: AddingLink | undefined;

  constructor(server: FilmServer, cuts: number) {
    this.#server = server;
    this.#cuts = cuts;
  }

  readonly listen = () => () => {};

  get link(): AddingLink {
    return this.#link ??= this.#connect();
  }

  #connect(): AddingLink {
    const link = this.#server.connect();
    const isCut = this.connections++ < this.#cuts;
    let sent = 0;
    const end = () => {
      this.#link = undefined;
      return link.abandon();
    };
    return {
      ...{ closed: link.closed, abandon: end },
      ask: (kind, fields) => link.ask(kind, fields),
      on: (kind, handler) => link.on(kind, handler),
      tellBulk: async (kind, fields, payload) => {
        if (sent++ === 0) this.firstOffsets.push((fields as { offset: number }).offset);
        if (isCut && sent > PIECES_BEFORE_CUT) await end();
        await link.tellBulk(kind, fields, payload);
      },
    };
  }
}

/** Part of a video, and no more. */
async function begin(
  link: Link,
  pieces: number,
  what: { readonly sizeBytes: number; readonly file?: string },
): Promise<void> {
  await link.ask("video.add", { upload: 77, name: "half", extension: ".mp4", ...what });
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
    const added = await addVideo(over(server.link), what, signal);
    const film = await Deno.readFile(FILM);
    deepEqual(added, { name: "space/launch", sizeBytes: film.length });
    deepEqual(await Deno.readFile(`${films}/space/launch.webm`), film);
    deepEqual(filesIn(films), ["space"]);
    const { fields } = await server.link.ask("video.list", {});
    deepEqual(fields.videos.map(({ name }) => name), ["space/launch"]);
    await rejects(() => addVideo(over(server.link), what, signal), { code: "name-taken" });
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
      addVideo(over(server.link), { path, name, extension }, signal);
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
      await begin(server.link, 2, { sizeBytes: 1_000_000 });
      await begin(server.link, 1, { sizeBytes: 1_000_000 });
      equal(filesIn(films).length, 1);
      await rejects(() => server.link.ask("video.finish", { upload: 77 }), {
        code: "unknown-upload",
      });
      const wrong = { upload: 77, offset: 500_000 };
      await server.link.tellBulk("video.piece", wrong, new Uint8Array(10));
      while (problems.length === 0) await systemClock.sleep(5);
      match(`${problems[0]}`, /do not fit/);
      deepEqual(filesIn(films), []);
      await begin(server.link, 2, { sizeBytes: 1_000_000 });
    }
    deepEqual(filesIn(films), [], "the connection is gone");
  },
);

withFfmpeg(
  "a video that is cut off goes on over the next connection, behind what is stored",
  async () => {
    const { films, folder, server } = await library();
    await using _ = server;
    const film = await largeFilm(folder);
    const what = { path: film, name: "launch", extension: ".webm" };
    const client = new CutClient(server, 3);
    deepEqual(await addVideo(client, what, signal), {
      ...{ name: "launch", sizeBytes: Deno.statSync(film).size },
    });
    equal(client.connections, 4);
    const added = await Deno.readFile(`${films}/launch.webm`);
    equal(compareBytes(added, await Deno.readFile(film)), 0);
    deepEqual(filesIn(films), ["launch.webm"]);
    // Each went on where the one before had got to, and not before.
    const begins = client.firstOffsets;
    equal(begins[0], 0);
    ok(begins.every((at, i) => i === 0 || at > begins[i - 1]), `${begins}`);
  },
);

withFfmpeg(
  "what came of a video outlives a command and a server, for a day, for that file and account alone",
  async () => {
    const { films, folder, server } = await library();
    const sizeBytes = 1_000_000;
    {
      await using _ = server;
      const stored = Promise.withResolvers<void>();
      server.link.on("video.stored", () => stored.resolve());
      await begin(server.link, 20, { sizeBytes, file: FILE });
      await stored.promise;
    }
    equal(filesIn(films).length, 1, "kept");
    await using again = await FilmServer.open({ films, folder, ffmpegPath: FFMPEG_PATH });
    await again.library.arriving.removeOld({ atStart: true });
    const storedOf = async (account: string, file: string, name = "half") => {
      const goesOn = { account, file };
      const video = await again.library.receive({ name, extension: ".mp4", sizeBytes, goesOn });
      await video.leave();
      return video.storedBytes;
    };
    equal(await storedOf("bob", FILE), 0, "another account");
    equal(await storedOf("film-watcher", "b".repeat(32)), 0, "another file");
    equal(await storedOf("film-watcher", FILE, "other"), 0, "another name");
    // Whole blocks: a sudden end may have left the last one half written.
    equal(await storedOf("film-watcher", FILE), 2 * SPOOL_BLOCK_BYTES);
    equal(filesIn(films).length, 4);
    const dayAgo = new Date(systemClock.nowMs() - 25 * 60 * 60 * 1000);
    for (const name of filesIn(films)) await Deno.utime(`${films}/${name}`, dayAgo, dayAgo);
    await again.library.arriving.removeOld();
    deepEqual(filesIn(films), []);
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
    await rejects(() => addVideo(over(server.link), what, signal), { code: "not-permitted" });
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
