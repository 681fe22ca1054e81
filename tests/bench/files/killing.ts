/** One great file, during which each of the three programs is killed once: what that costs (Linux). */

import { basename, join } from "node:path";
import { type Journey, type RunningClient, startClient } from "../../journeys/programs.ts";
import { CountingLine } from "../../kit/counting_line.ts";
import { PeakMemory } from "./measuring.ts";

const LOOK_MS = 20;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the receiver at a quarter, the sender at a half, the server at three quarters. Prints what was sent again. */
export async function killEach(journey: Journey, source: string): Promise<void> {
  const { size } = await Deno.stat(source);
  await using up = new CountingLine(journey.ready.port);
  await using down = new CountingLine(journey.ready.port);
  const inbox = join(journey.folder, "killed");
  const part = join(inbox, `${basename(source)}.part`);
  const start = (person: string, line: CountingLine, args: readonly string[]) =>
    startClient(
      [...args, "--server", `127.0.0.1:${line.port}`, "--no-input"],
      join(journey.folder, person),
    );
  const receive = () =>
    start("bob", down, ["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"]);
  // Not straight: that would go past the lines on which it is counted.
  const send = () => start("alice", up, ["file", "send", "bob", source, "--p2p", "never"]);
  const reaches = async (share: number) => {
    const there = async () => (await Deno.stat(part).catch(() => undefined))?.size ?? 0;
    while (await there() < size * share) await pause(LOOK_MS);
  };
  using peaks = new PeakMemory();
  const startedMs = performance.now();
  const running: { [Who in "sender" | "receiver"]?: RunningClient } = {};
  const begin = (who: "sender" | "receiver") => {
    const program = who === "sender" ? send() : receive();
    running[who] = program;
    peaks.watch(who, program.pid);
  };
  peaks.watch("server", journey.ready.pid);
  try {
    begin("receiver");
    begin("sender");
    await reaches(0.25);
    await running.receiver?.stop("SIGKILL");
    begin("receiver");
    await reaches(0.5);
    await running.sender?.stop("SIGKILL");
    begin("sender");
    // A program that has not been connected yet does not wait for a server.
    await running.sender?.says(/Offered to/);
    await reaches(0.75);
    await journey.kill();
    await journey.restart();
    peaks.watch("server", journey.ready.pid);
    for (const program of [running.receiver, running.sender]) {
      const ended = await program?.ended();
      if (ended?.code !== 0) throw new Error(ended?.stderr);
    }
  } finally {
    await running.sender?.stop("SIGKILL");
    await running.receiver?.stop("SIGKILL");
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const mib = (bytes: number) => ((bytes - size) / 2 ** 20).toFixed(1);
  console.log(
    `kill -9 of receiver, sender and server in one file of ${size / 1e6} MB, ${
      seconds.toFixed(0)
    } s: ` +
      `${mib(up.upBytes)} MiB more than the file went up, ${
        mib(down.downBytes)
      } MiB more came down, ` +
      "TLS and packet headers (0.5 %) and sign-ins included",
  );
  console.log(`  peak memory: ${peaks.read().map(([who, mb]) => `${who} ${mb} MB`).join(", ")}`);
}
