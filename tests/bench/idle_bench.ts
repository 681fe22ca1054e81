/**
 * What programs use of the processor while nothing happens: the server with nobody there; the server with 100 devices that
 * are signed in over TLS and answer its pings; the client's full screen with 50 rooms. Then how long it takes until that shows
 * what a second process writes into the profile. HELIOGRAPH_BIN measures the compiled ones; IDLE_S says for how long each (60).
 * Run: `deno run -A tests/bench/idle_bench.ts [server|devices|screen]…`. CPU is counted in the system's ticks of 10 ms, so a
 * busy machine changes little.
 */

import { join } from "node:path";
import { EXIT } from "../../lib/commands/exit_code.ts";
import { Journey, programWords } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { makeCrowd } from "./load/crowd.ts";
import { startOurs } from "./load/running.ts";
import { crowdLines, signIn } from "./load/sign_in.ts";

const ROOMS = 50;
/** More in a row than a server lets one person found. */
const FOUNDERS = ["alice", "bob", "carol"];
const DEVICES = 100;
const ASKED: ReadonlySet<string> = new Set(
  Deno.args.length > 0 ? Deno.args : ["server", "devices", "screen"],
);
const IDLE_S = Number(Deno.env.get("IDLE_S") ?? 60);
/** Of one CPU: `getconf CLK_TCK` is 100 on Linux. */
const TICKS_PER_SECOND = 100;

function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const rest = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Prints the share of a core that each program uses. */
async function measure(what: string, pids: Readonly<Record<string, number>>): Promise<void> {
  // What its start set off has passed, the collector's work too.
  await rest(20);
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, s: cpuSeconds(pid) }));
  await rest(IDLE_S);
  for (const { name, pid, s } of before) {
    const share = (cpuSeconds(pid) - s) / IDLE_S * 100;
    console.log(`${what}, ${name}`.padEnd(44), `${share.toFixed(2)} % of a core`);
  }
}

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc, and types through script(1)");
  Deno.exit(0);
}

async function measureDevices(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "idle-" });
  try {
    const data = join(folder, "data");
    const crowd = await makeCrowd(data, { count: DEVICES, members: 2 });
    await using server = await startOurs(folder, { data, tls: true });
    const caPem = await Deno.readTextFile(join(data, "ca.pem"));
    const lines = await crowdLines(crowd);
    for (const line of lines) await signIn(line, { port: server.port, caPem });
    await measure(`${lines.length} devices are there`, { server: server.pid });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureScreen(journey: Journey): Promise<void> {
  let rooms = 0;
  for (const founder of FOUNDERS) {
    const guest = founder === "alice" ? "bob" : "alice";
    while (rooms < ROOMS) {
      const { code, stderr } = await journey.run(founder, ["room", "new", guest, "--force-new"]);
      if (code === EXIT.rateLimited) break;
      if (code !== EXIT.done) throw new Error(stderr);
      rooms++;
    }
  }
  const { host, port, pid: server } = journey.ready;
  await using terminal = PseudoTerminal.open({
    command: programWords("client", ["--server", `${host}:${port}`]),
    env: { HELIOGRAPH_HOME: join(journey.folder, "alice"), DENO_NO_UPDATE_CHECK: "1" },
    columns: 100,
    rows: 32,
    answer: answerAsTerminal,
  });
  await terminal.see(/online/);
  await measure(`a full screen with ${rooms} rooms`, { client: await terminal.pid(), server });

  await journey.run("alice", ["send", "bob", "shown before"]);
  await terminal.type("\x1bOQ");
  await terminal.see(/Go to/);
  await terminal.type("bob");
  await rest(1);
  await terminal.type("\r");
  await terminal.see(/shown before/);
  for (const letter of "abcde") {
    // No cell of it is as it was in the text before: a paint writes only what changes.
    const text = letter.repeat(12);
    const { code, stderr } = await journey.run("alice", ["send", "bob", text]);
    if (code !== EXIT.done) throw new Error(stderr);
    const endedMs = performance.now();
    await terminal.see(new RegExp(text));
    const ms = Math.round(performance.now() - endedMs);
    console.log(`shown ${ms} ms after the process that wrote it ended`);
  }
}

if (ASKED.has("server") || ASKED.has("screen")) {
  await using journey = await Journey.open(ASKED.has("screen") ? { people: FOUNDERS } : {});
  if (ASKED.has("server")) await measure("nobody is there", { server: journey.ready.pid });
  if (ASKED.has("screen")) await measureScreen(journey);
}
if (ASKED.has("devices")) {
  await measureDevices();
  // Their links are still open here.
  Deno.exit(0);
}
