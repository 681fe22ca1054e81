/**
 * The full screen of somebody with much around them: 300 accounts on the server, 50 rooms, one of them with 5,000 messages. First
 * paint, opening that room, going back in it, key to screen while idle and while a video plays, memory. Beside it, in the same
 * run, the keys of weechat with an empty buffer, where that is on PATH. HELIOGRAPH_BIN measures the compiled programs.
 * Run: `deno run -A tests/bench/crowd_bench.ts [SHARE]`; a SHARE of 0.02 makes a fiftieth of it, to try the bench itself.
 */

import { join } from "node:path";
import { Journey, programWords } from "../journeys/programs.ts";
import { PseudoTerminal } from "../kit/pseudo_terminal.ts";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { at, rest, say, typing, usage } from "./screen_measures.ts";

const SHARE = Number(Deno.args[0] ?? 1);
const [PEOPLE, ROOMS, MESSAGES] = [300, 50, 5_000].map((count) => Math.ceil(count * SHARE));
const STARTS = 5;
/** What somebody does in an hour: into another conversation and back. */
const SWITCHES = 100;
/** A video has ended by then, and the collector has been there. */
const PAUSE_MS = 30_000;
const ALT_DOWN = "\x1b[1;3B";
const PAGE_UP = "\x1b[5~";
const CTRL_END = "\x1b[1;5F";

const SIZE = { columns: 120, rows: 40, answer: answerAsTerminal } as const;
const LAST = "the last of all";
/** The cursor comes back when a screen is drawn. Of a page that changed, only the letters that differ are written. */
// deno-lint-ignore no-control-regex -- showing the cursor is a control
const DRAWN = /\x1b\[\d+;\d+H[^]*\x1b\[\?25h/;

if (Deno.build.os !== "linux") {
  console.log("skipped: this reads /proc, and types through script(1)");
  Deno.exit(0);
}

await using journey = await Journey.open({
  people: ["alice", "bob"],
  videosFolder: join(PROJECT_ROOT, "videos"),
  serve: ["--message-rate", "1000"],
});
say("load of the machine", Deno.loadavg().map((load) => load.toFixed(1)).join(" "));
await fill();
say("people, rooms, messages in one", `${PEOPLE}, ${ROOMS}, ${MESSAGES}`);
const starts: number[] = [];
for (let i = 0; i < STARTS; i++) starts.push(await firstPaintMs());
starts.sort((one, other) => one - other);
say("start to first paint, median, least", `${at(starts, 0.5)}, ${at(starts, 0)}`);

await using terminal = openScreen();
await terminal.see(/online/);
const pid = await terminal.pid();
say("a full room opened", `${(await timed("/to #room1\r", new RegExp(LAST))).toFixed(0)} ms`);
const back: number[] = [];
for (let i = 0; i < 20; i++) back.push(await timed(PAGE_UP, DRAWN));
back.sort((one, other) => one - other);
say("a page back, p50, p99", `${at(back, 0.5)}, ${at(back, 0.99)}`);
await timed(CTRL_END, DRAWN);
await keys("key to screen, p50, p99", terminal);
say("memory", `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);
for (let i = 0; i < SWITCHES; i++) {
  await terminal.type(ALT_DOWN);
  await rest(30);
}
say(`memory after ${SWITCHES} conversations`, `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);
await timed("/watch cockatoo --render blocks\r", /F6 keys/);
await keys("key to screen while a video plays", terminal);
say("memory after that", `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);
await rest(PAUSE_MS);
say("memory after a pause", `${(usage(pid).residentBytes / 1e6).toFixed(0)} MB`);
await besideWeechat();

/** Accounts, rooms and messages, by the programs themselves. */
async function fill(): Promise<void> {
  const list = Array.from({ length: PEOPLE }, (_, i) => `person${i} correct horse ${i}\n`).join("");
  const file = join(journey.folder, "people.txt");
  await Deno.writeTextFile(file, list, { mode: 0o600 });
  await done(journey.operate(["user", "import", file]));
  const rooms = Array.from(
    { length: ROOMS },
    (_, i) => `/room new bob --name room${i + 1} --force-new\n`,
  );
  await done(journey.talk("alice", ["--plain"], `${rooms.join("")}/quit\n`));
  const said = Array.from({ length: MESSAGES }, (_, i) => `#room1:message ${i} of a long talk\n`);
  await done(journey.talk("bob", ["--plain"], `${said.join("")}#room1:${LAST}\n/quit\n`));
  await done(journey.run("alice", ["receive", "--quiet"]));
}

async function done(
  ended: Promise<{ readonly code: number; readonly stderr: string }>,
): Promise<void> {
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(stderr);
}

function openScreen(): PseudoTerminal {
  const { host, port } = journey.ready;
  return PseudoTerminal.open({
    ...SIZE,
    command: programWords("client", ["--server", `${host}:${port}`]),
    env: { HELIOGRAPH_HOME: join(journey.folder, "alice") },
  });
}

async function firstPaintMs(): Promise<number> {
  const startedMs = performance.now();
  await using screen = openScreen();
  // deno-lint-ignore no-control-regex -- entering the other screen is a control
  await screen.see(/\x1b\[\?1049h[^]*\x1b\[\d+;\d+H/);
  return performance.now() - startedMs;
}

/** From what is typed to what it brings. */
async function timed(typed: string, brings: RegExp): Promise<number> {
  const begin = terminal.written.length;
  const startedMs = performance.now();
  await terminal.type(typed);
  await terminal.see(brings, begin);
  return performance.now() - startedMs;
}

async function keys(what: string, on: PseudoTerminal): Promise<void> {
  const { times } = await typing(on);
  say(what, `${at(times, 0.5)}, ${at(times, 0.99)}`);
  await on.type("\x15");
}

async function besideWeechat(): Promise<void> {
  const folder = join(journey.folder, "weechat");
  let peer: PseudoTerminal;
  try {
    await new Deno.Command("weechat", { args: ["--version"], stdout: "null" }).output();
    peer = PseudoTerminal.open({ ...SIZE, command: ["weechat", "-a", "-d", folder], env: {} });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return say("weechat", "skipped: it is not installed");
  }
  await using weechat = peer;
  await weechat.see(/WeeChat/);
  await rest(1_000);
  await keys("weechat: key to screen, p50, p99", weechat);
  const { residentBytes } = usage(await weechat.pid());
  say("weechat: memory", `${(residentBytes / 1e6).toFixed(0)} MB`);
}
