/**
 * The full screen in a pseudo-terminal of 100×32: first paint, key to screen while idle, while a video plays and while one plays
 * over a bad line, bytes for a key, CPU and memory. The whole client, signed in, with its server on the same machine; HELIOGRAPH_BIN measures the compiled
 * one. Run: `deno run -A tests/bench/screen_bench.ts`.
 */

import { join } from "node:path";
import { Journey, programWords } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { at, cpuShare, rest, say, typing, usage } from "./screen_measures.ts";

const STARTS = 7;
const IDLE_MS = 5_000;
const BAD_LINE = ["--simulate", "rate=256k,rtt=300ms,loss=2%"];

function open(journey: Journey, more: readonly string[] = []): PseudoTerminal {
  const { host, port } = journey.ready;
  return PseudoTerminal.open({
    command: programWords("client", ["--server", `${host}:${port}`, ...more]),
    env: { HELIOGRAPH_HOME: join(journey.folder, "alice") },
    columns: 100,
    rows: 32,
    answer: answerAsTerminal,
  });
}

/** Start to the status line. */
async function firstPaintMs(journey: Journey): Promise<number> {
  const startedMs = performance.now();
  await using terminal = open(journey);
  // deno-lint-ignore no-control-regex -- entering the other screen is a control
  await terminal.see(/\x1b\[\?1049h[^]*\x1b\[\d+;\d+H/);
  return performance.now() - startedMs;
}

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc, and types through script(1)");
  Deno.exit(0);
}

await using journey = await Journey.open({
  people: ["alice"],
  videosFolder: join(PROJECT_ROOT, "videos"),
});
say("load of the machine", Deno.loadavg().map((load) => load.toFixed(1)).join(" "));
const starts: number[] = [];
for (let i = 0; i < STARTS; i++) starts.push(await firstPaintMs(journey));
starts.sort((one, other) => one - other);
say("start to first paint, median, least", `${at(starts, 0.5)}, ${at(starts, 0)}`);
await using terminal = open(journey);
await terminal.see(/online/);
const pid = await terminal.pid();
say("CPU, nothing happens", await cpuShare(pid, () => rest(IDLE_MS)));
const idle = await typing(terminal);
say("key to screen, p50, p99", `${at(idle.times, 0.5)}, ${at(idle.times, 0.99)}`);
say("bytes for a key", `${idle.bytes.toFixed(0)}`);
say("memory", `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);
await terminal.type("\x15/watch cockatoo --render blocks\r");
await terminal.see(/F6 keys/);
const video = { times: [] as number[] };
const share = await cpuShare(pid, async () => {
  video.times = (await typing(terminal)).times;
});
say(
  "key to screen while a video plays, p50, p99",
  `${at(video.times, 0.5)}, ${at(video.times, 0.99)}`,
);
say("CPU while a video plays, in half blocks", share);
say("memory after that", `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);

await using far = open(journey, BAD_LINE);
await far.see(/online/);
const from = far.written.length;
await far.type("\x15/watch cockatoo --mode adaptive --start 0 --render blocks\r");
await far.see(/F6 keys/, from);
const bad = await typing(far);
say(
  "the same over 256 kbit/s, 300 ms, 2 % loss",
  `${at(bad.times, 0.5)}, ${at(bad.times, 0.99)}, worst ${at(bad.times, 1)}`,
);
