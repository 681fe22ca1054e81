/**
 * How far apart the pictures of a watch party are: one host and two who come later, each a program of its own over a line of its
 * own (`--simulate`). Each draws into a pipe, and the time of a picture is that at which its first byte comes out; the same
 * bytes are the same picture. Run: `deno run -A tests/bench/party_bench.ts`.
 */

import { join } from "node:path";
import { Journey } from "../journeys/programs.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";

const LINES = [
  ["", ""],
  ["rate=20m,rtt=40ms", "rate=20m,rtt=300ms"],
  ["rate=2m,rtt=100ms,loss=2%", "rate=1m,rtt=300ms"],
];
const DRAWING = ["--mode", "fixed:240p", "--render", "iterm2", "--size", "213x120"];
const BEGIN = "\x1b]1337;File=";

/** When each picture came out, by its bytes. A picture that stands in the video twice is left out. */
type Shown = ReadonlyMap<string, number>;

await using journey = await Journey.open({
  people: ["alice", "bob", "carol"],
  videosFolder: join(PROJECT_ROOT, "videos"),
});
console.log(`load of the machine ${Deno.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
await journey.run("alice", ["watch", "race1906", ...DRAWING.slice(0, 2), "--render", "none"]);
for (const lines of LINES) {
  const room = `party${LINES.indexOf(lines)}`;
  await journey.run("alice", ["room", "new", "bob", "carol", "--name", room, "--force-new"]);
  for (const one of ["bob", "carol"]) await journey.run(one, ["receive"]);
  const host = watch("alice", ["party", "race1906", `#${room}`], "");
  // It is told when it has begun.
  await host.began;
  const others = ["bob", "carol"].map((name, i) =>
    watch(name, ["party", "join", `#${room}`], lines[i])
  );
  const [first, ...shown] = await Promise.all([host, ...others].map(({ shown }) => shown));
  for (const [i, one] of shown.entries()) {
    console.log(`${(lines[i] || "no limit").padEnd(28)} ${describe(first, one)}`);
  }
}

function watch(person: string, words: readonly string[], line: string) {
  const pipe = join(journey.folder, `${person}-${crypto.randomUUID()}`);
  new Deno.Command("mkfifo", { args: [pipe] }).outputSync();
  const began = Promise.withResolvers<void>();
  const shown = read(pipe, () => began.resolve());
  const simulate = line === "" ? [] : ["--simulate", line];
  void journey.run(person, [...words, ...DRAWING, "--output", pipe, ...simulate])
    .then(({ code, stdout, stderr }) => {
      if (Deno.args.includes("--verbose")) console.log(person, stdout);
      if (code !== 0) console.error(stderr);
    });
  return { shown, began: began.promise };
}

async function read(pipe: string, onFirst: () => void): Promise<Shown> {
  const shown = new Map<string, number>();
  const twice = new Set<string>();
  let rest = "";
  let beganMs = 0;
  const keep = (picture: string) => {
    if (shown.has(picture)) twice.add(picture);
    shown.set(picture, beganMs);
  };
  const file = await Deno.open(pipe);
  for await (const bytes of file.readable) {
    const nowMs = performance.now();
    rest += new TextDecoder("latin1").decode(bytes);
    for (let at = rest.indexOf(BEGIN, 1); at !== -1; at = rest.indexOf(BEGIN, 1)) {
      keep(rest.slice(0, at));
      if (shown.size === 1) onFirst();
      rest = rest.slice(at);
      beganMs = nowMs;
    }
  }
  for (const picture of twice) shown.delete(picture);
  return shown;
}

function describe(host: Shown, other: Shown): string {
  const apart = [...other].flatMap(([picture, atMs]) => {
    const hostMs = host.get(picture);
    return hostMs === undefined ? [] : [atMs - hostMs];
  });
  const by = apart.map(Math.abs).sort((a, b) => a - b);
  const at = (share: number) => `${by[Math.floor(share * (by.length - 1))]?.toFixed(0)} ms`;
  return `${host.size} and ${other.size} pictures, ${by.length} by both: apart p50 ${
    at(0.5)
  }, p95 ${at(0.95)}, most ${at(1)}`;
}
