import { deepEqual, equal, match } from "node:assert/strict";
import { endMarked, findMarked, RUN_MARK } from "../../tools/leftovers.ts";
import { run } from "../../tools/process.ts";

const isLinux = Deno.build.os === "linux";
const sleep = ["sleep", "600"];

Deno.test("a run returns what was printed, how it ended and that nothing is left", async () => {
  const { success, output, leftovers } = await run([
    Deno.execPath(),
    ...["eval", "console.log('out'); console.error('err'); Deno.exit(3)"],
  ]);
  equal(success, false);
  equal(output, "out\nerr\n");
  deepEqual(leftovers, []);
});

Deno.test({
  name: "a run names the process that it left behind, and ends it (Linux only)",
  ignore: !isLinux,
  async fn() {
    // The child must not hold the pipe, or the run waits for it. Before it is sleep, it is a copy of the shell.
    const isAsleep = "grep -q sleep /proc/$!/comm";
    const script = `${sleep.join(" ")} >&- 2>&- & until ${isAsleep}; do :; done; exit 0`;
    const { success, leftovers } = await run(["sh", "-c", script], { graceMs: 0 });
    equal(success, true);
    deepEqual(leftovers.map(({ command }) => command), [sleep.join(" ")]);
    equal(isRunning(leftovers[0].pid), false);
  },
});

Deno.test({
  name: "a run that says nothing for too long is ended with its children and says so (Linux only)",
  ignore: !isLinux,
  async fn() {
    const command = ["sh", "-c", `${sleep.join(" ")}; echo after`];
    const { success, output } = await run(command, { silenceMs: 1, graceMs: 0 });
    equal(success, false);
    match(output, /^Ended: it said nothing for 0.001 s/);
  },
});

Deno.test({
  name: "that a test still runs is no sign of life, and the test that hung is named (Linux only)",
  ignore: !isLinux,
  async fn() {
    const notice = "'slow' has been running for over (1m0s)";
    // As `deno test` does: it repeats the notice, and says at SIGINT what was under way.
    const script = `trap 'echo pending: slow; exit 1' INT
      while :; do echo "${notice}"; sleep 0.05; done`;
    const { success, output } = await run(["bash", "-c", script], {
      silenceMs: 300,
      graceMs: 60_000,
    });
    equal(success, false);
    match(output, /^pending: slow$/m);
    match(output, /^Ended: it said nothing for 0.3 s/m);
  },
});

Deno.test({
  name: "a mark finds a process and not those of another mark (Linux only)",
  ignore: !isLinux,
  async fn() {
    const mark = crypto.randomUUID();
    const child = new Deno.Command("sleep", { args: ["600"], env: { [RUN_MARK]: mark } }).spawn();
    deepEqual(findMarked(mark).map(({ pid }) => pid), [child.pid]);
    deepEqual(findMarked(crypto.randomUUID()), []);
    deepEqual((await endMarked(mark, 0)).map(({ pid }) => pid), [child.pid]);
    equal((await child.status).signal, "SIGKILL");
    deepEqual(findMarked(mark), []);
  },
});

/** Also false for a process that ended and was not waited for. */
function isRunning(pid: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`) !== "";
  } catch {
    return false;
  }
}
