import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runHookProgram } from "../../../lib/cli/dialogue/hook_program.ts";

const NEVER = new AbortController().signal;
/** Scripts of the shell. */
const ignore = Deno.build.os === "windows";

const sh = (script: string, input = "", signal = NEVER) =>
  runHookProgram(["/bin/sh", "-c", script], input, {
    env: (name) => ({ PATH: Deno.env.get("PATH"), HELIOGRAPH_TOKEN: "secret" })[name],
    signal,
  });

Deno.test(
  { name: "a hook gets the event, and nothing of the program's environment", ignore },
  async () => {
    deepEqual(await sh("cat", '{"v":1}\n'), { kind: "done", output: '{"v":1}\n' });
    const env = await sh("env");
    ok(env.kind === "done");
    match(env.output, /^PATH=/m);
    equal(env.output.includes("secret"), false);
    equal(env.output.includes("HELIOGRAPH"), false);
  },
);

Deno.test({ name: "a hook that fails, or is not there, says so", ignore }, async () => {
  deepEqual(await sh("exit 7"), { kind: "failed", code: 7 });
  const { kind } = await runHookProgram(["/nowhere/at/all"], "", {
    env: () => undefined,
    signal: NEVER,
  });
  equal(kind, "not-started");
});

Deno.test({ name: "a hook may read nothing of what it is given", ignore }, async () => {
  deepEqual(await sh("exec true", "x".repeat(1_000_000)), { kind: "done", output: "" });
});

Deno.test({
  name: "a hook that hangs is ended, also if what it started holds its output open",
  ignore,
}, async () => {
  for (const script of ["exec sleep 1000", "sleep 3 & echo on; wait"]) {
    const stop = new AbortController();
    const running = sh(script, "", stop.signal);
    stop.abort();
    deepEqual(await running, { kind: "ended", reason: "time" });
  }
});

Deno.test({ name: "a hook that hangs is ended with all that it started", ignore }, async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  try {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const stop = new AbortController();
    const running = sh(`(sleep 20; echo "still there") > ${pipe} & wait`, "", stop.signal);
    // Opened once the other end is.
    const reader = await Deno.open(pipe, { read: true });
    stop.abort();
    deepEqual(await running, { kind: "ended", reason: "time" });
    equal(await new Response(reader.readable).text(), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({ name: "a hook that writes without an end is ended", ignore }, async () => {
  deepEqual(await sh("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"), {
    kind: "ended",
    reason: "output",
  });
  const most = await sh("head -c 65536 /dev/zero | tr '\\0' x");
  equal(most.kind === "done" && most.output.length, 65_536);
});
