/**
 * The compiled programs, by turns in one run: size, the processor's time for `--version`, start to first paint, start of the
 * server until it takes connections, and memory at rest. Each argument is a folder with both programs, e.g. of two commits.
 * Run: `deno run -A --unstable-net tests/bench/programs_bench.ts OLD NEW`. Linux only.
 */

import { join } from "node:path";
import { Journey } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { freePort } from "./load/running.ts";

const ROUNDS = 7;
const PAUSE_MS = 2;
/** The collector has gone over what starting left, and the allocator of the server has given back what it kept. */
const REST_MS = 25_000;

/** What is measured of one folder, by what it is called in the table. */
type Found = Map<string, number[]>;

function note(found: Found, what: string, value: number): void {
  found.set(what, [...found.get(what) ?? [], value]);
}

const rest = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** User and system time of a program that ends by itself, by bash's own count. */
async function processorSeconds(program: string): Promise<number> {
  const script = 'TIMEFORMAT="%3U %3S"; time "$0" --version >/dev/null';
  const { stderr } = await new Deno.Command("bash", { args: ["-c", script, program] }).output();
  const [user, system] = new TextDecoder().decode(stderr).trim().split(" ").map(Number);
  return user + system;
}

async function serverReadyMs(folder: string): Promise<number> {
  const data = await Deno.makeTempDir({ prefix: "programs-" });
  const port = freePort();
  const where = ["--listen", `127.0.0.1:${port}`, "--data", data, "--videos", data];
  const startedMs = performance.now();
  const child = new Deno.Command(join(folder, "heliograph-server"), {
    args: ["serve", ...where, "--no-console", "--tls", "off"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    while (!await isOpen(port)) await rest(PAUSE_MS);
    return performance.now() - startedMs;
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(data, { recursive: true });
  }
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** Of the process, and what of it was written: the rest can be read from its file again. The kernel counts kB of 1024. */
function memoryMb(pid: number): { resident: number; own: number } {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const sum = (name: RegExp) =>
    [...text.matchAll(name)].reduce((all, [, kb]) => all + Number(kb), 0) * 1024 / 1e6;
  return { resident: sum(/^Rss:\s+(\d+)/gm), own: sum(/^Private_Dirty:\s+(\d+)/gm) };
}

function openScreen(folder: string, journey: Journey): PseudoTerminal {
  const { host, port } = journey.ready;
  return PseudoTerminal.open({
    command: [join(folder, "heliograph"), "--server", `${host}:${port}`],
    env: { HELIOGRAPH_HOME: join(journey.folder, "alice") },
    columns: 100,
    rows: 32,
    answer: answerAsTerminal,
  });
}

async function measureScreen(folder: string, found: Found, journey: Journey): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) {
    const startedMs = performance.now();
    await using terminal = openScreen(folder, journey);
    // deno-lint-ignore no-control-regex -- entering the other screen is a control
    await terminal.see(/\x1b\[\?1049h[^]*\x1b\[\d+;\d+H/);
    note(found, "first paint, ms", performance.now() - startedMs);
  }
  await using terminal = openScreen(folder, journey);
  await terminal.see(/online/);
  await rest(REST_MS);
  const client = memoryMb(await terminal.pid());
  const server = memoryMb(journey.ready.pid);
  note(found, "client idle, MB", client.resident);
  note(found, "client idle, written, MB", client.own);
  note(found, "server idle, MB", server.resident);
  note(found, "server idle, written, MB", server.own);
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

if (Deno.build.os !== "linux" || Deno.args.length === 0) {
  console.log("skipped: this reads /proc, and needs a folder with compiled programs");
  Deno.exit(0);
}

const all = new Map<string, Found>(Deno.args.map((folder) => [folder, new Map()]));
console.log(`load ${Deno.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
for (const [folder, found] of all) {
  for (const name of ["heliograph", "heliograph-server"]) {
    note(found, `${name}, MB`, Deno.statSync(join(folder, name)).size / 1e6);
  }
}
// The first round reads the programs from disk.
for (let round = 0; round <= ROUNDS; round++) {
  for (const [folder, found] of all) {
    const client = await processorSeconds(join(folder, "heliograph"));
    const server = await processorSeconds(join(folder, "heliograph-server"));
    const readyMs = await serverReadyMs(folder);
    if (round === 0) continue;
    note(found, "heliograph --version, CPU s", client);
    note(found, "heliograph-server --version, CPU s", server);
    note(found, "server ready, ms", readyMs);
  }
}
for (let round = 0; round < 3; round++) {
  for (const [folder, found] of all) {
    Deno.env.set("HELIOGRAPH_BIN", folder);
    await using journey = await Journey.open({ people: ["alice"] });
    await measureScreen(folder, found, journey);
  }
}
console.log(`| what, median | ${[...all.keys()].join(" | ")} |`);
for (const what of all.get(Deno.args[0])?.keys() ?? []) {
  const values = [...all.values()].map((found) => middle(found.get(what) ?? []).toFixed(2));
  console.log(`| ${what} | ${values.join(" | ")} |`);
}
// A terminal's pipes may still be open.
Deno.exit(0);
