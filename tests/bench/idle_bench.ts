/**
 * What programs use of the processor while nothing happens: the server with nobody there and the client's full screen with 50
 * conversations. Then how long it takes until that shows what a second process writes into the profile. HELIOGRAPH_BIN measures
 * the compiled ones; IDLE_S says for how long (60).
 * Run: `deno run -A tests/bench/idle_bench.ts`. CPU is counted in the system's ticks of 10 ms, so a busy machine changes little.
 */

import { join } from "node:path";
import { EXIT } from "../../lib/commands/exit_code.ts";
import { Journey, programWords } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";

const CONVERSATIONS = 50;
/** More in a row than a server lets one person found. */
const FOUNDERS = ["alice", "bob", "carol"];
const IDLE_S = Number(Deno.env.get("IDLE_S") ?? 60);
/** Of one CPU: `getconf CLK_TCK` is 100 on Linux. */
const TICKS_PER_SECOND = 100;

function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const rest = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Prints the share of a core that each program uses. */
async function measure(
  what: string,
  pids: Readonly<Record<string, number>>,
  seconds: number,
): Promise<void> {
  // What its start set off has passed, the collector's work too.
  await rest(20);
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, s: cpuSeconds(pid) }));
  await rest(seconds);
  for (const { name, pid, s } of before) {
    const share = (cpuSeconds(pid) - s) / seconds * 100;
    console.log(`${what}, ${name}`.padEnd(44), `${share.toFixed(2)} % of a core`);
  }
}

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc, and types through script(1)");
  Deno.exit(0);
}

await using journey = await Journey.open({ people: FOUNDERS });
const server = journey.ready.pid;
await measure("nobody is there", { server }, Math.min(60, IDLE_S));
let rooms = 0;
for (const founder of FOUNDERS) {
  const guest = founder === "alice" ? "bob" : "alice";
  while (rooms < CONVERSATIONS) {
    const { code, stderr } = await journey.run(founder, ["room", "new", guest, "--force-new"]);
    if (code === EXIT.rateLimited) break;
    if (code !== EXIT.done) throw new Error(stderr);
    rooms++;
  }
}
const { host, port } = journey.ready;
await using terminal = PseudoTerminal.open({
  command: programWords("client", ["--server", `${host}:${port}`]),
  env: { HELIOGRAPH_HOME: join(journey.folder, "alice"), DENO_NO_UPDATE_CHECK: "1" },
  columns: 100,
  rows: 32,
  answer: answerAsTerminal,
});
await terminal.see(/online/);
await measure(
  `a full screen with ${rooms} rooms`,
  { client: await terminal.pid(), server },
  IDLE_S,
);

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
