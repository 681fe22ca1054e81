import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { type Sandbox, trySandbox } from "../../../lib/media/ffmpeg/sandbox.ts";
import { FakeClock } from "../../kit/clock.ts";
import { canHideDisk } from "../../kit/namespaces.ts";
import { fixture, openFfmpeg, script, standIn, tempFolder, withFfmpeg } from "./media_kit.ts";

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

/** A stand-in that says a line for each of these, one after the other, and then hangs. */
async function hanging(lines: number, limits: { timeLimitMs: number; stallLimitMs?: number }) {
  const clock = new FakeClock();
  const said = "i=0; while [ $i -lt " + lines + " ]; do sleep 0.05; i=$((i+1)); echo $i >&2; done;";
  const ffmpeg = await standIn(`${said} exec sleep 600`, clock);
  const came = Array.from({ length: lines }, () => Promise.withResolvers<void>());
  let ended = false;
  const run = ffmpeg.run({
    ...{ inputPath: "/v.mp4", outputArgs: [], ...limits },
    onLine: (line) => {
      came[Number(line) - 1].resolve();
      return true;
    },
  }).finally(() => ended = true);
  return { clock, run, came, isOver: () => ended };
}

Deno.test("SR-71: ffmpeg is killed when its working time is over", async () => {
  const { clock, run, came, isOver } = await hanging(1, { timeLimitMs: 1_000 });
  const refused = rejects(run, { name: "MediaError", code: "ffmpeg-timeout" });
  await came[0].promise;
  await clock.advance(999);
  equal(isOver(), false);
  await clock.advance(1);
  await refused;
});

Deno.test("ffmpeg that goes on is given time, however slow it is, and one that hangs is not", async () => {
  const limits = { timeLimitMs: 1_000_000, stallLimitMs: 30_000 };
  const { clock, run, came, isOver } = await hanging(4, limits);
  const refused = rejects(run, { name: "MediaError", code: "ffmpeg-stalled" });
  for (const { promise } of came) {
    await promise;
    await clock.advance(25_000);
    equal(isOver(), false);
  }
  await clock.advance(4_999);
  equal(isOver(), false);
  await clock.advance(1);
  await refused;
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
const LIMITS = { memoryBytes: 2 ** 31, cpuSeconds: 5, openFiles: 64, fileSizeBytes: 0 };

/** Tried once, as a program does. */
let tried: Promise<Sandbox> | undefined;
const walls = () => tried ??= trySandbox();

/** Runs a line of the shell inside all walls, and gives what it printed. */
async function inside(
  shell: string,
  { reads = [], before = [] }: { reads?: readonly string[]; before?: readonly string[] } = {},
): Promise<string> {
  const sandbox = await walls();
  const limits = { ...LIMITS, reads };
  const { program, args } = sandbox.wrap({ program: "/bin/sh", args: ["-c", shell] }, limits);
  const [first, ...rest] = [...before, program, ...args];
  const { stdout } = await new Deno.Command(first, { args: rest, stderr: "null" }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test({
  name: `SR-72: sandbox keeps a child from writing files, from memory, and from new rights${
    linux ? "" : " (skipped: not Linux)"
  }`,
  ignore: !linux,
  async fn() {
    const sandbox = await walls();
    const on = new Set(
      sandbox.layers.filter(({ state }) => state === "on").map(({ name }) => name),
    );
    const folder = await tempFolder();
    const reads = [`${folder}/file`];
    await Deno.writeTextFile(`${folder}/file`, "");
    if (on.has("prlimit")) {
      await inside(`echo planted > ${folder}/file`, { reads });
      equal(await Deno.readTextFile(`${folder}/file`), "");
      equal(await inside("ulimit -n; ulimit -c; ulimit -t"), "64\n0\n5");
    }
    if (on.has("setpriv")) match(await inside("setpriv --dump"), /^no_new_privs: 1$/m);
    deepStrictEqual(sandbox.layers.map(({ name }) => name), [
      ...["unshare", "mount", "setpriv", "prlimit"],
    ]);
    for (const layer of sandbox.layers) ok(layer.state === "on" || layer.reason !== "");
  },
});

/** Root, and somebody who has no rights here. */
const PEOPLE = linux && Deno.uid() === 0
  ? [[], ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]]
  : [[]];

Deno.test({
  name:
    "SR-72: inside the walls there is no disk but the input, and nothing to write on (needs namespaces)",
  ignore: !canHideDisk(),
  async fn() {
    // Where somebody without rights comes, too.
    const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "heliograph-walls-" });
    await using _cleared = {
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
    await Deno.chmod(folder, 0o755);
    const odd = `${folder}/-odd; $(touch pwned) \`x\` 'q' "r" é`;
    await Deno.mkdir(odd);
    await Deno.writeTextFile(`${odd}/in put.mp4`, "pictures");
    await Deno.writeTextFile(`${odd}/ca.key`, "secret");
    await Deno.symlink(`${odd}/in put.mp4`, `${folder}/link.mp4`);
    for (const before of PEOPLE) {
      for (const input of [`${odd}/in put.mp4`, `${folder}/link.mp4`]) {
        const quoted = `'${input.replaceAll("'", `'\\''`)}'`;
        const key = `'${`${odd}/ca.key`.replaceAll("'", `'\\''`)}'`;
        const say = (shell: string) => inside(shell, { reads: [input], before });
        equal(await say(`cat ${quoted}`), "pictures", before[0]);
        equal(await say(`cat ${key}; ls -A . /proc /root /home /etc/passwd`), ".:");
        const asked = `/ /usr /usr/bin ${quoted}`;
        equal(await say(`for p in ${asked}; do [ -w "$p" ] && echo "$p"; done`), "");
        equal(await say("mount -o remount,rw /usr && echo writable"), "", "no rights are left");
      }
      equal(await inside("cat '/nowhere/x.mp4'; echo done", { reads: ["/nowhere/x.mp4"] }), "done");
    }
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      ...[odd.slice(folder.length + 1), "link.mp4"],
    ]);
  },
});

Deno.test({
  name: "SR-72: ffmpeg reads pictures inside the walls, and reaches no network (needs namespaces)",
  ignore: !canHideDisk(),
  fn: async () => {
    const ffmpeg = await openFfmpeg();
    deepStrictEqual(ffmpeg.sandbox.layers.slice(0, 2), [
      { name: "unshare", state: "on" },
      { name: "mount", state: "on" },
    ]);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let reached = 0;
    const accepting = (async () => {
      for await (const connection of listener) {
        reached++;
        connection.close();
      }
    })();
    const call = { program: ffmpeg.path, args: ["-i", `tcp://127.0.0.1:${listener.addr.port}`] };
    for (const { program, args } of [ffmpeg.sandbox.wrap(call, { ...LIMITS, reads: [] }), call]) {
      await new Deno.Command(program, { args: [...args], stderr: "null", stdin: "null" }).output();
    }
    listener.close();
    await accepting;
    equal(reached, 1, "only the one outside");
    const { path } = await fixture("city.mpg");
    let text = "";
    await ffmpeg.run({
      inputPath: path,
      outputArgs: ["-frames:v", "3", "-f", "framemd5", "-"],
      timeLimitMs: 60_000,
      onOutput: (piece) => Promise.resolve(void (text += new TextDecoder().decode(piece))),
    });
    equal(text.split("\n").filter((line) => /^0,/.test(line)).length, 3, text);
  },
});

Deno.test({
  name:
    "SR-72: a program in a folder of its own starts inside the walls; one that does not loses the disk's wall alone (needs namespaces)",
  ignore: !canHideDisk(),
  async fn() {
    const folder = await tempFolder();
    // A program of the system at a place that no system has, as the ffmpeg of `deno task setup`.
    await Deno.copyFile("/usr/bin/env", `${folder}/env`);
    await Deno.chmod(`${folder}/env`, 0o755);
    const sandbox = await walls();
    const { program, args } = sandbox.wrap(
      { program: `${folder}/env`, args: ["echo", "here"] },
      { ...LIMITS, reads: [] },
    );
    const { stdout } = await new Deno.Command(program, { args: [...args] }).output();
    equal(new TextDecoder().decode(stdout), "here\n");
    // It needs a file beside itself.
    await Deno.writeTextFile(`${folder}/version`, "ffmpeg version 9.9\n");
    const needy = await script(folder, `cat ${folder}/version`);
    const ffmpeg = await Ffmpeg.open({ path: needy, workFolder: `${folder}/work` });
    const off = ffmpeg.sandbox.layers.filter(({ state }) => state === "off");
    deepStrictEqual([ffmpeg.version, off.map(({ name }) => name)], ["9.9", ["mount"]]);
  },
});

Deno.test({
  name: `SR-72: a wall that does not hold is off, says why, and the others are tried without it${
    linux ? "" : " (skipped: not Linux)"
  }`,
  ignore: !linux,
  async fn() {
    const folder = await tempFolder();
    const tool = (name: string, body: string) =>
      Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    await Deno.symlink("/usr/bin/true", `${folder}/true`);
    await tool("unshare", "echo unshare: not permitted >&2; exit 1");
    await tool("setpriv", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
    const { layers, wrap, weaker } = await trySandbox({ folders: [folder] });
    deepStrictEqual(layers, [
      { name: "unshare", state: "off", reason: "unshare: not permitted" },
      { name: "mount", state: "off", reason: "unshare: not permitted" },
      { name: "setpriv", state: "on" },
      { name: "prlimit", state: "off", reason: "not installed" },
    ]);
    equal(weaker, undefined);
    deepStrictEqual(wrap({ program: "/x", args: ["a"] }, { ...LIMITS, reads: [] }), {
      program: `${folder}/setpriv`,
      args: ["--pdeathsig", "KILL", "--no-new-privs", "--", "/x", "a"],
    });
  },
});

Deno.test("sandbox on a system without its tools leaves the command as it is, and says so", async () => {
  const sandbox = await trySandbox({ os: "darwin" });
  const command = { program: "/x", args: ["a"] };
  deepStrictEqual(
    sandbox.wrap(command, { ...LIMITS, reads: [] }),
    command,
  );
  equal(sandbox.layers[0].state, "off");
});

Deno.test("ffmpeg that is a script is done with when it is stopped, whatever it has started itself", async () => {
  // The other program holds what ffmpeg would write to.
  const ffmpeg = await standIn("sleep 600 & echo $!; wait");
  const ended = new AbortController();
  let started = 0;
  const run = ffmpeg.run({
    inputPath: "/v.mp4",
    outputArgs: [],
    timeLimitMs: 600_000,
    onOutput: (piece) => {
      started = Number(new TextDecoder().decode(piece));
      ended.abort(new Error("enough"));
      return Promise.resolve();
    },
  }, { signal: ended.signal });
  try {
    await rejects(run, { message: "enough" });
  } finally {
    Deno.kill(started, "SIGKILL");
  }
});
