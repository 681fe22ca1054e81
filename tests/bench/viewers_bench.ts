/**
 * What the server uses of the processor for 1,000 pictures of a library film that it has prepared: 720p, over TLS, to 1, 16 and
 * 200 viewers who take them as fast as they come. HELIOGRAPH_BIN measures the compiled server.
 * Run: `deno run -A tests/bench/viewers_bench.ts`.
 */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import type { Link } from "../../lib/client/link/link.ts";
import { Player } from "../../lib/client/video/player.ts";
import { PlaybackClock } from "../../lib/media/playback/playback_clock.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { makeCrowd } from "./load/crowd.ts";
import { startOurs } from "./load/running.ts";
import { crowdLines, signIn } from "./load/sign_in.ts";
import { say, usage } from "./screen_measures.ts";

const FOOTAGE = join(PROJECT_ROOT, "tests/fixtures/media/city.mpg");
const VIEWERS = [1, 16, 200];
/** Of all viewers together, about. */
const PICTURES = 6_000;
const FILM_PICTURES = 240;
const PASSES_MAX = 25;

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc");
  Deno.exit(0);
}

const folder = await Deno.makeTempDir();
try {
  const videos = join(folder, "videos");
  await Deno.mkdir(videos);
  await makeFilm(join(videos, "film.mp4"));
  const data = join(folder, "data");
  const crowd = await makeCrowd(data, { count: Math.max(...VIEWERS), members: 2 });
  await using server = await startOurs(folder, { data, tls: true, videos });
  const at = { port: server.port, caPem: await Deno.readTextFile(join(data, "ca.pem")) };
  const lines = await crowdLines(crowd);
  const links: Link[] = [];
  for (const line of lines) links.push(await signIn(line, at));
  // The first to watch waits until it is prepared.
  await watch(links[0]);
  for (const count of VIEWERS) {
    const passes = Math.min(PASSES_MAX, Math.ceil(PICTURES / FILM_PICTURES / count));
    const before = usage(server.pid).cpuMs;
    const startedMs = performance.now();
    const shown = await Promise.all(
      links.slice(0, count).map(async (link) => {
        let pictures = 0;
        for (let i = 0; i < passes; i++) pictures += await watch(link);
        return pictures;
      }),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    const pictures = shown.reduce((sum, one) => sum + one, 0);
    const cpu = (usage(server.pid).cpuMs - before) / pictures;
    const memory = usage(server.pid).residentBytes / 1e6;
    say(
      `${count} viewers, ${pictures} pictures`,
      `CPU for 1,000 ${cpu.toFixed(2)} s, ${(pictures / seconds).toFixed(0)} a second, ${
        memory.toFixed(0)
      } MB`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
// The links are still open here.
Deno.exit(0);

/** Watches the film once. How many pictures came. */
async function watch(link: Link): Promise<number> {
  const player = await Player.open(link, {
    video: "film",
    mode: "fixed:720p",
    playback: new PlaybackClock(0),
    clock: systemClock,
  });
  const { received } = await player.play({ show: () => Promise.resolve() }, {
    signal: new AbortController().signal,
  });
  await player.stop();
  return received;
}

async function makeFilm(path: string): Promise<void> {
  const args = [
    "-v",
    "error",
    "-stream_loop",
    "-1",
    "-i",
    FOOTAGE,
    "-frames:v",
    `${FILM_PICTURES}`,
  ];
  const { success } = await new Deno.Command("ffmpeg", {
    args: [...args, "-vf", "scale=1280:720", "-an", path],
  }).output();
  if (!success) throw new Error(`ffmpeg could not make ${path}`);
}
