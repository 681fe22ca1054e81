/**
 * How long a text takes that is written while a file runs between the same two, through the real programs, server and TLS: from
 * the line typed to the line printed. Over a slow line of the sender, over one of the receiver, and over loopback; each first with no
 * file. `HELIOGRAPH_BIN` measures the compiled programs. Run: `deno run -A tests/bench/overtake_bench.ts [TEXTS]`.
 */

import { join } from "node:path";
import { Journey, type RunningClient } from "../journeys/programs.ts";

const TEXTS = Number(Deno.args[0] ?? 40);
/** Each text waits so long for the one before, so that it never queues behind another. */
const PAUSE_MS = 100;
const SLOW = ["--simulate", "rate=256k"];
const MB = 1_000_000;

interface Line {
  readonly name: string;
  readonly sender: readonly string[];
  readonly receiver: readonly string[];
  /** More than goes over the line meanwhile. */
  readonly fileBytes: number;
}

const LINES: readonly Line[] = [
  { name: "256 kbit/s at the sender", sender: SLOW, receiver: [], fileBytes: 20 * MB },
  { name: "256 kbit/s at the receiver", sender: [], receiver: SLOW, fileBytes: 20 * MB },
  { name: "loopback", sender: [], receiver: [], fileBytes: 4_000 * MB },
];

/** Two for each line: a transfer that was left behind goes on when its two are back. */
const PAIRS = [["alice", "bob"], ["carol", "dave"], ["gandalf", "sauron"]];

await using journey = await Journey.open({
  people: PAIRS.flat(),
  serve: ["--message-rate", "1000"],
});
console.log(`load of the machine ${Deno.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
for (const [i, line] of LINES.entries()) await measure(line, i);

async function measure({ name, sender, receiver, fileBytes }: Line, index: number): Promise<void> {
  const inbox = join(journey.folder, `inbox${index}`);
  const [aliceName, bobName] = PAIRS[index];
  await using bob = journey.converse(bobName, ["--plain", ...receiver]);
  await bob.line(/^\* online: /);
  await using alice = journey.converse(aliceName, ["--plain", ...sender]);
  await alice.line(new RegExp(`online: .*${bobName}`));
  // The first makes the conversation.
  await texts(alice, { client: bob, name: bobName }, `first${index}`, 1);
  const idle = await texts(alice, { client: bob, name: bobName }, `idle${index}`, TEXTS);
  const path = join(journey.folder, `file${index}`);
  {
    // A hole: what is read and sealed is as long, and the disk is spared.
    using file = await Deno.create(path);
    await file.truncate(fileBytes);
  }
  await alice.type(`/send @${bobName} ${path}`);
  await bob.line(new RegExp(`sends you file${index} `));
  await bob.type(`/y --to ${inbox}`);
  const part = join(inbox, `file${index}.part`);
  while ((await size(part)) === 0) await pause(5);
  const busy = await texts(alice, { client: bob, name: bobName }, `busy${index}`, TEXTS);
  const got = await size(part);
  if (got === 0) throw new Error(`${name}: the file had ended before the texts had`);
  console.log(`${name.padEnd(28)} alone ${describe(idle)}; beside a file ${describe(busy)}`);
  await Deno.remove(path);
}

/** How long each took, in ms, in order of size. */
async function texts(
  from: RunningClient,
  to: { client: RunningClient; name: string },
  word: string,
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const text = `${word} number ${i}.`;
    const startedMs = performance.now();
    await from.type(`${to.name}:${text}`);
    await to.client.line(new RegExp(RegExp.escape(text)));
    times.push(performance.now() - startedMs);
    await pause(PAUSE_MS);
  }
  return times.sort((left, right) => left - right);
}

function describe(times: readonly number[]): string {
  const at = (share: number) => times[Math.ceil(times.length * share) - 1].toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)} ms`;
}

/** 0 while it is not there, or no longer. */
async function size(path: string): Promise<number> {
  return await Deno.stat(path).then(({ size }) => size, () => 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
