import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { Ffmpeg } from "../../../lib/media/ffmpeg.ts";
import { trySandbox } from "../../../lib/media/sandbox.ts";
import { openFfmpeg, script, standIn, tempFolder, withFfmpeg } from "./media_kit.ts";

async function output(ffmpeg: Ffmpeg, inputPath: string): Promise<string[]> {
  let text = "";
  await ffmpeg.run({
    inputPath,
    outputArgs: ["-f", "null", "-"],
    timeLimitMs: 10_000,
    onOutput: (piece) => Promise.resolve(void (text += new TextDecoder().decode(piece))),
  });
  return text.trimEnd().split("\n");
}

Deno.test("SR-71: ffmpeg gets its input as one name, whatever the name contains", async () => {
  const ffmpeg = await standIn('for a in "$@"; do echo "$a"; done');
  const evil = "/videos/-i evil; $(touch pwned) `x` é中 \"q\" 'r'.mp4";
  const args = await output(ffmpeg, evil);
  equal(args[args.indexOf("-i") + 1], `file:${evil}`);
});

Deno.test("SR-71: ffmpeg is called with whitelists, a pixel limit and threads before its input", async () => {
  const args = await output(await standIn('for a in "$@"; do echo "$a"; done'), "/v.mp4");
  const before = args.slice(0, args.indexOf("-i")).join(" ");
  match(before, /-nostdin/);
  match(before, /-protocol_whitelist file /);
  match(before, /-format_whitelist mov,matroska,webm,avi,mpegts,mpeg,ogg,flv,gif/);
  match(before, /-max_pixels 33177600 /);
  match(before, /-threads [1-4] /);
});

Deno.test("SR-71: ffmpeg has an empty environment, an empty working folder and no standard input", async () => {
  Deno.env.set("HELIOGRAPH_TEST_SECRET", "secret");
  const ffmpeg = await standIn("export -p; ls -a; cat; echo end");
  const lines = await output(ffmpeg, "/v.mp4");
  const variables = lines.filter((line) => line.startsWith("export ")).map((line) =>
    line.slice(7, 13)
  );
  // The shell itself sets these.
  deepStrictEqual(variables.filter((name) => !/^(PWD|OLDPWD|SHLVL|_|PATH)/.test(name)), []);
  deepStrictEqual(lines.slice(-3), [".", "..", "end"]);
});

Deno.test("SR-71: ffmpeg is killed when its working time is over", async () => {
  let ring = () => {};
  const clock: Clock = {
    ...systemClock,
    after(_durationMs, action) {
      ring = action;
      return () => {};
    },
  };
  const ffmpeg = await standIn("echo started; exec sleep 600", clock);
  const run = ffmpeg.run({
    inputPath: "/v.mp4",
    outputArgs: [],
    timeLimitMs: 1000,
    onOutput: () => Promise.resolve(queueMicrotask(() => ring())),
  });
  await rejects(run, { name: "MediaError", code: "ffmpeg-timeout" });
});

Deno.test("ffmpeg that is stopped by a signal is gone, and the reason is the signal's", async () => {
  const ffmpeg = await standIn("echo started; exec sleep 600");
  const stop = new AbortController();
  const run = ffmpeg.run({
    inputPath: "/v.mp4",
    outputArgs: [],
    timeLimitMs: 60_000,
    onOutput: () => Promise.resolve(stop.abort(new Error("enough"))),
  }, { signal: stop.signal });
  await rejects(run, /enough/);
});

Deno.test("ffmpeg ends when the consumer of its output fails", async () => {
  const ffmpeg = await standIn("echo started; exec sleep 600");
  const run = ffmpeg.run({
    inputPath: "/v.mp4",
    outputArgs: [],
    timeLimitMs: 60_000,
    onOutput: () => Promise.reject(new Error("disk full")),
  });
  await rejects(run, /disk full/);
});

Deno.test("SR-71: ffmpeg's words are kept up to 64 KiB, the last ones", async () => {
  const ffmpeg = await standIn(
    'i=0; while [ $i -lt 3000 ]; do echo "line $i ............................................" >&2; i=$((i+1)); done; exit 3',
  );
  const result = await ffmpeg.run({ inputPath: "/v.mp4", outputArgs: [], timeLimitMs: 10_000 });
  equal(result.exitCode, 3);
  const length = result.words.join("").length;
  ok(length <= 64 * 1024 && length > 60 * 1024);
  match(result.words.at(-1) ?? "", /^line 2999 /);
});

Deno.test("ffmpeg that does not run, is no ffmpeg, or has a relative path is refused", async () => {
  const missing = { name: "MediaError", code: "ffmpeg-missing" };
  const folder = await tempFolder();
  const workFolder = `${folder}/work`;
  await rejects(Ffmpeg.open({ path: "ffmpeg", workFolder }), missing);
  await rejects(Ffmpeg.open({ path: `${folder}/none`, workFolder }), missing);
  const other = await script(folder, "echo GNU bash, version 5");
  await rejects(Ffmpeg.open({ path: other, workFolder }), missing);
});

withFfmpeg("ffmpeg of this system tells its version and the walls around it", async () => {
  const ffmpeg = await openFfmpeg();
  match(ffmpeg.version, /^[!-~]+$/);
  ok(ffmpeg.sandbox.layers.length > 0);
});

const linux = Deno.build.os === "linux";
Deno.test({
  name: `SR-72: sandbox keeps a child from writing files and from the network${
    linux ? "" : " (skipped: not Linux)"
  }`,
  ignore: !linux,
  async fn() {
    const sandbox = await trySandbox();
    const on = new Set(
      sandbox.layers.filter(({ state }) => state === "on").map(({ name }) => name),
    );
    const limits = { memoryBytes: 2 ** 31, cpuSeconds: 5, openFiles: 64, fileSizeBytes: 0 };
    const folder = await tempFolder();
    const run = async (shell: string) => {
      const { program, args } = sandbox.wrap({ program: "/bin/sh", args: ["-c", shell] }, limits);
      const { stdout } = await new Deno.Command(program, { args: [...args], stderr: "null" })
        .output();
      return new TextDecoder().decode(stdout).trim();
    };
    if (on.has("prlimit")) {
      await run(`echo planted > ${folder}/file`);
      equal(await Deno.readTextFile(`${folder}/file`), "");
      equal(await run("ulimit -n; ulimit -c; ulimit -t"), "64\n0\n5");
    }
    if (on.has("unshare")) equal(await run("grep -c : /proc/net/dev"), "1");
    if (on.has("setpriv")) match(await run("grep NoNewPrivs /proc/self/status"), /1$/);
    for (const layer of sandbox.layers) ok(layer.state === "on" || layer.reason !== "");
  },
});

Deno.test("sandbox on a system without its tools leaves the command as it is, and says so", async () => {
  const sandbox = await trySandbox("darwin");
  const command = { program: "/x", args: ["a"] };
  deepStrictEqual(
    sandbox.wrap(command, { memoryBytes: 1, cpuSeconds: 1, openFiles: 1, fileSizeBytes: 0 }),
    command,
  );
  equal(sandbox.layers[0].state, "off");
});
