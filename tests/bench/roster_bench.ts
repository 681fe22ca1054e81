/**
 * A server with 5,000 accounts, through the real programs: how long from the start of the full screen to its list of people, and
 * from `/who --all` to the page with all of them; beside both, a server with ten. HELIOGRAPH_BIN measures the compiled programs.
 * Run: `deno run -A tests/bench/roster_bench.ts [ACCOUNTS]`.
 */

import { join } from "node:path";
import { programCommand, programWords } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { makeCrowd } from "./load/crowd.ts";
import { startOurs } from "./load/running.ts";
import { at, rest, say, usage } from "./screen_measures.ts";

const ACCOUNTS = Number(Deno.args[0] ?? 5_000);
const FEW = 10;
const RUNS = 5;
/** Until what comes after the first paint has come. */
const SETTLE_MS = 2_000;
const SIZE = { columns: 120, rows: 40, answer: answerAsTerminal } as const;
/** The heading of the list with how many there are, in a style of its own. */
// deno-lint-ignore no-control-regex -- a style is a control
const PEOPLE = /People\x1b\[[\d;]*m \d/;
const ESCAPE = "\x1b";

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc, and types through script(1)");
  Deno.exit(0);
}

for (const accounts of [FEW, ACCOUNTS]) {
  const folder = await Deno.makeTempDir();
  try {
    await measure(accounts, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(accounts: number, folder: string): Promise<void> {
  const data = join(folder, "data");
  await makeCrowd(data, { count: accounts, members: 2 });
  await using server = await startOurs(folder, {
    data,
    tls: true,
    serve: ["--registration", "open"],
  });
  const { fingerprint } = JSON.parse(await Deno.readTextFile(join(folder, "ready.json")));
  const address = `127.0.0.1:${server.port}`;
  const env = { HELIOGRAPH_HOME: join(folder, "alice") };
  const passwordFile = join(folder, "password");
  await Deno.writeTextFile(passwordFile, "correct horse alice\n", { mode: 0o600 });
  const { success, stderr } = await programCommand("client", [
    ...["register", "alice", "--server", address, "--trust", fingerprint],
    ...["--password-file", passwordFile, "--recovery-file", join(folder, "code")],
  ], { env, stdin: "null", stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const [starts, pages]: [number[], number[]] = [[], []];
  let residentBytes = 0;
  for (let i = 0; i < RUNS; i++) {
    const startedMs = performance.now();
    await using screen = PseudoTerminal.open({
      ...SIZE,
      command: programWords("client", ["--server", address]),
      env,
    });
    await screen.see(PEOPLE);
    starts.push(performance.now() - startedMs);
    await rest(SETTLE_MS);
    const begin = screen.written.length;
    const askedMs = performance.now();
    await screen.type("/who --all\r");
    await screen.see(/Everyone on this server/, begin);
    pages.push(performance.now() - askedMs);
    await screen.type(ESCAPE);
    residentBytes = usage(await screen.pid()).residentBytes;
  }
  for (const times of [starts, pages]) times.sort((one, other) => one - other);
  say(`start to a list of ${accounts}, median, most`, `${at(starts, 0.5)}, ${at(starts, 1)}`);
  say(`/who --all of ${accounts}, median, most`, `${at(pages, 0.5)}, ${at(pages, 1)}`);
  say("memory of the client", `${(residentBytes / 1e6).toFixed(0)} MB`);
}
