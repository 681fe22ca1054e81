/**
 * The mode adaptive over bad lines, beside thirds and fixed renditions: when the first picture is there, how many follow, the longest
 * pause between two, and what the sizes are; last, how long the largest size takes when a bad line becomes a good one while it plays.
 * Each picture's time is that of its file, written as it arrives; the line is `--simulate`, where it changes a proxy.
 * Run: `deno run -A tests/bench/adaptive_bench.ts`.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Journey, jsonLines, startClient } from "../journeys/programs.ts";
import { FaultProxy } from "../kit/fault_proxy.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";

const VIDEO = "cockatoo";
const LINES = [
  "rate=32k,rtt=300ms",
  "rate=256k,rtt=300ms,loss=2%",
  "rate=2m,rtt=100ms",
  "rate=20m,rtt=300ms",
  "rate=20m,rtt=40ms",
];
const MODES = ["adaptive", "thirds", "fixed:240p"];

interface Arrival {
  readonly atMs: number;
  /** Its time in the video. */
  readonly ptsMs: number;
  readonly rendition: string;
}

await using journey = await Journey.open({
  people: ["alice"],
  videosFolder: join(PROJECT_ROOT, "videos"),
});
console.log(`load of the machine ${Deno.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
// Extracted once, for all that follow.
for (const mode of MODES) await watch(mode, []);
await watch("adaptive", []);
for (const line of LINES) {
  const signInMs = await timed(() => journey.run("alice", ["videos", "--simulate", line]));
  for (const mode of MODES) {
    const startedMs = Date.now();
    const arrivals = await watch(mode, ["--simulate", line]);
    console.log(`${line.padEnd(30)} ${mode.padEnd(12)} ${describe(arrivals, startedMs, signInMs)}`);
  }
  const startedMs = Date.now();
  const arrivals = await watch("fixed:240p", ["--start", "7", "--simulate", line]);
  console.log(`${line.padEnd(30)} --start 7    ${describe(arrivals, startedMs, signInMs)}`);
}

await recovery();

/** From 256 kbit/s to 20 Mbit/s, 300 ms there and back, in the middle of the video: when its largest size comes. */
async function recovery(): Promise<void> {
  const BEFORE_MS = 6_000;
  await using proxy = FaultProxy.open(journey.ready.port);
  for (const faults of [proxy.toServer, proxy.toClient]) {
    Object.assign(faults, { latencyMs: 150, bytesPerSecond: 32_000 });
  }
  const folder = join(journey.folder, "recovery");
  await using client = startClient([
    ...["watch", VIDEO, "--mode", "adaptive", "--start", "0", "--render", "none", "--speed", "1"],
    ...["--save", folder, "--server", `127.0.0.1:${proxy.port}`, "--no-input"],
  ], join(journey.folder, "alice"));
  while (!existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
  const betterMs = Date.now();
  for (const faults of [proxy.toServer, proxy.toClient]) faults.bytesPerSecond = 2_500_000;
  await client.ended();
  const arrivals = await arrivalsIn(folder);
  const height = (rendition: string) => Number.parseInt(rendition);
  const most = Math.max(...arrivals.map(({ rendition }) => height(rendition)));
  const steps = arrivals.filter(({ rendition }, i) => rendition !== arrivals[i - 1]?.rendition)
    .map(({ rendition, atMs }) => `${rendition} at ${seconds(atMs - betterMs)}`);
  const full = arrivals.find(({ rendition }) => height(rendition) === most);
  console.log(
    `256 kbit/s → 20 Mbit/s: ${most}p ${seconds((full?.atMs ?? 0) - betterMs)} after (${
      steps.join(", ")
    })`,
  );
}

async function watch(mode: string, more: readonly string[]): Promise<Arrival[]> {
  const folder = join(journey.folder, `${mode.replace(":", "-")}-${crypto.randomUUID()}`);
  const words = ["--mode", mode, "--render", "none", "--speed", "1", "--save", folder];
  const { code, stderr } = await journey.run("alice", ["watch", VIDEO, ...words, ...more]);
  if (code !== 0) throw new Error(stderr);
  return await arrivalsIn(folder);
}

async function arrivalsIn(folder: string): Promise<Arrival[]> {
  const frames = jsonLines(await Deno.readTextFile(join(folder, "frames.jsonl")));
  const arrivals = await Promise.all(frames.map(async ({ file, rendition, pts }) => ({
    atMs: (await Deno.stat(join(folder, String(file)))).mtime?.getTime() ?? 0,
    rendition: String(rendition),
    ptsMs: Number(pts),
  })));
  return arrivals.sort((one, other) => one.atMs - other.atMs);
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await action();
  return performance.now() - startedMs;
}

function describe(arrivals: readonly Arrival[], startedMs: number, signInMs: number): string {
  const first = arrivals[0].atMs;
  const last = arrivals[arrivals.length - 1];
  // Shown at its time, or when it comes.
  const shown = arrivals.map(({ atMs, ptsMs }) =>
    Math.max(atMs, first + ptsMs - arrivals[0].ptsMs)
  );
  const gaps = shown.slice(1).map((ms, i) => ms - shown[i]);
  const largest = arrivals.find(({ rendition }) => rendition === last.rendition);
  return [
    `first ${seconds(first - startedMs)} (start, sign in and list: ${seconds(signInMs)})`,
    `${(1000 * arrivals.length / Math.max(1, last.atMs - first)).toFixed(1)}/s`,
    `longest pause ${seconds(Math.max(0, ...gaps))}`,
    `${last.rendition} since ${seconds((largest?.atMs ?? first) - first)}`,
  ].join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
