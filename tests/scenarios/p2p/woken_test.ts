/** The shell of two people without a server is woken by what happens: nothing in it looks again after a while. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { ShellWithout } from "../../kit/p2p_shell.ts";

/** Whoever sleeps on it sleeps until it is told to stop. */
const SLEEPLESS: Clock = {
  ...systemClock,
  sleep: (_ms, { signal } = {}) =>
    new Promise((_, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
};

Deno.test("an offer of files, and its answer, are told when they come", async () => {
  await using oscar = await ShellWithout.open("Oscar", { clock: SLEEPLESS });
  await using julia = await ShellWithout.open("julia", { clock: SLEEPLESS });
  await oscar.meet(julia);
  const path = join(oscar.folder, "letter");
  await Deno.writeTextFile(path, "dear julia");
  await oscar.run(`file julia ${path}`);
  await julia.said(/^Oscar sends you letter \(10 B\): y accepts, n declines$/);
  await julia.run("n oscar");
  await oscar.said(/letter .*declined/);
  deepEqual(oscar.of("transfer").map(({ state }) => state), ["declined"]);
});

Deno.test("who leaves waits for the other side's receipt, and for nothing else", async () => {
  await using oscar = await ShellWithout.open("Oscar", { clock: SLEEPLESS });
  await using julia = await ShellWithout.open("julia", { clock: SLEEPLESS });
  await oscar.meet(julia);
  await oscar.run("send julia bye");
  await oscar.desk.farewell();
  deepEqual(oscar.of("undelivered"), []);
  await julia.said(/^Oscar .* bye$/);
  // Nothing is on the way: there is nothing to wait for.
  await julia.desk.farewell();
  equal(julia.of("undelivered").length, 0);
});
