import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import { ADMIN_TABLE } from "../../../lib/admin/admin_table.ts";
import { readServeSettings } from "../../../lib/admin/serve_settings.ts";
import { workerEnvironment } from "../../../lib/admin/worker_settings.ts";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";
import { fakeIo } from "../../kit/fake_io.ts";

/** A home that is not there: inside the project, where unit tests may look. */
const HOME = join(PROJECT_ROOT, "tests/tmp/obi");
const PROGRAM = { name: "p", version: "1", summary: "s", table: ADMIN_TABLE, options: [] };

async function read(args: readonly string[], environment: Record<string, string> = {}) {
  const outcome = await parseArgv(PROGRAM, ["serve", ...args]);
  if (outcome.kind !== "command") throw new Error(JSON.stringify(outcome));
  return readServeSettings(fakeIo(HOME, environment), outcome.values);
}

Deno.test("serve without arguments listens on port 9797 of all addresses, with TLS, open to all", async () => {
  const { server, readyFile, logFormat } = await read([]);
  const { clock: _clock, random: _random, frameQuotaBytes: _quota, ...chosen } = server;
  const { maxConnections, spoolDescriptors, ...rest } = chosen;
  assert.deepEqual(rest, {
    dataFolder: `${HOME}/.local/share/heliograph-server`,
    cacheFolder: `${HOME}/.cache/heliograph-server`,
    videoFolder: `${HOME}/.local/share/heliograph-server/videos`,
    listen: { host: "0.0.0.0", port: 9797 },
    tls: "auto",
    registration: "open",
    loginAttempts: 3,
    lockSeconds: 60,
    ffmpegPath: undefined,
  });
  assert.ok(maxConnections >= 32 && maxConnections <= 10_000);
  // A flood of uploads leaves descriptors for connections.
  assert.ok(spoolDescriptors >= 16 && spoolDescriptors <= Math.max(16, maxConnections / 2));
  assert.equal(readyFile, undefined);
  assert.equal(logFormat, "text");
});

Deno.test("serve takes port and attempts by place, as the seeds do", async () => {
  const { server } = await read(["4000", "5"]);
  assert.deepEqual([server.listen, server.loginAttempts], [{ host: "0.0.0.0", port: 4000 }, 5]);
});

Deno.test("serve keeps 4 GB of extracted pictures, or as many megabytes as it is told", async () => {
  const quota = async (...args: Parameters<typeof read>) =>
    (await read(...args)).server.frameQuotaBytes;
  assert.equal(await quota([]), 4e9);
  assert.equal(await quota(["--frame-quota", "64"]), 64e6);
  assert.equal(await quota([], { HELIOGRAPH_FRAME_QUOTA: "250" }), 250e6);
  await assert.rejects(read(["--frame-quota", "63"]), { name: "UsageError", code: "bad-number" });
});

Deno.test("serve simulates a worse line when it is asked to, and refuses what is none", async () => {
  const { server } = await read(["--simulate", "rate=256k,rtt=300ms,loss=2%"]);
  assert.deepEqual(server.simulate, { bytesPerSecond: 32_000, roundTripMs: 300, loss: 0.02 });
  await assert.rejects(read(["--simulate", "slow"]), { code: "bad-simulation" });
});

Deno.test("serve names what was typed when a number of tries cannot be used", async () => {
  await assert.rejects(read(["4000", "0"]), { message: /^Cannot use ATTEMPTS 0: allowed are 1/ });
  await assert.rejects(read(["--login-attempts", "0"]), {
    message: /^Cannot use --login-attempts 0: allowed are 1/,
  });
});

Deno.test("row S4.10: serve takes Available_videos where it is started, unless another folder is named", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "seed-" });
  await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const place = join(PROJECT_ROOT, folder);
  await Deno.mkdir(join(place, "Available_videos"));
  const videos = async (...args: string[]) => {
    const outcome = await parseArgv(PROGRAM, ["serve", ...args]);
    assert.ok(outcome.kind === "command");
    return readServeSettings(fakeIo(place), outcome.values).server.videoFolder;
  };
  assert.equal(await videos(), join(place, "Available_videos"));
  assert.equal(await videos("--videos", "films"), join(place, "films"));
});

Deno.test("serve takes the words for everyone who connects, and no more than fit", async () => {
  assert.equal((await read(["--motd", "Down on Sunday"])).server.motd, "Down on Sunday");
  await assert.rejects(read(["--metrics", "127.0.0.1:none"]), { code: "bad-address" });
  await assert.rejects(read(["--motd", "x".repeat(501)]), { code: "bad-motd" });
});

Deno.test("serve takes a lobby by the name or number of an open room", async () => {
  for (const lobby of ["lobby", "a".repeat(32), "256"]) {
    assert.equal((await read(["--lobby", lobby])).server.lobby, lobby);
  }
  for (const lobby of ["The Lobby", "#lobby", "0256"]) {
    await assert.rejects(read(["--lobby", lobby]), { code: "bad-lobby" });
  }
});

Deno.test("serve takes a rate of accounts, an hour of it at once", async () => {
  const { server } = await read(["--registration-rate", "7200"]);
  assert.deepEqual(server.registrationRate, { burst: 7200, perSecond: 2 });
  await assert.rejects(read(["--registration-rate", "0"]), { code: "bad-number" });
});

Deno.test("S2.01, S3.01: serve takes the port by --port too, with the host of --listen where there is one", async () => {
  const port = async (...args: string[]) => (await read(args)).server.listen;
  assert.deepEqual(await port("--port", "4000"), { host: "0.0.0.0", port: 4000 });
  const both = await port("--listen", "127.0.0.1", "--port", "4000");
  assert.deepEqual(both, { host: "127.0.0.1", port: 4000 });
});

Deno.test("serve names an owner, and a rate of messages with forty seconds of it at once", async () => {
  const { server } = await read(["--owner", "Yoda", "--message-rate", "100"]);
  assert.deepEqual([server.owner, server.messageRate], ["yoda", { perSecond: 100, burst: 4000 }]);
  await assert.rejects(read(["--owner", "a/b"]), { name: "UsageError", code: "bad-name" });
  await assert.rejects(read(["--message-rate", "0"]), { name: "UsageError", code: "bad-number" });
});

Deno.test("files of serve are relative to where the person was", async () => {
  const { server, readyFile } = await read([
    ...["--data", "d", "--videos", "../films", "--ready-file", "r.json", "--ffmpeg", "bin/ffmpeg"],
  ]);
  assert.equal(server.dataFolder, `${HOME}/d`);
  assert.equal(server.cacheFolder, `${HOME}/d/cache`);
  assert.equal(server.videoFolder, join(dirname(HOME), "films"));
  assert.equal(server.ffmpegPath, `${HOME}/bin/ffmpeg`);
  assert.equal(readyFile, `${HOME}/r.json`);
});

Deno.test("HELIOGRAPH_HOME holds all of a server's folders", async () => {
  const { server } = await read([], { HELIOGRAPH_HOME: "home" });
  assert.equal(server.dataFolder, `${HOME}/home/heliograph-server/data`);
  assert.equal(server.cacheFolder, `${HOME}/home/heliograph-server/cache`);
});

Deno.test("SR-49: serve without TLS is refused on any address but this machine's own", async () => {
  for (const host of ["127.0.0.1", "[::1]", "127.9.9.9"]) {
    assert.equal((await read(["--tls", "off", "--listen", `${host}:0`])).server.tls, "off");
  }
  for (const args of [[], ["--listen", "192.0.2.1:1"], ["--listen", "[::]:1"], ["4000"]]) {
    await assert.rejects(read(["--tls", "off", ...args]), { code: "bad-config" });
  }
});

for (
  const args of [
    ["--listen", "nowhere:70000"],
    ["--listen", "::1"],
    ["70000"],
    ["x"],
    ["-1"],
    ["4000", "0"],
    ["4000", "--listen", "127.0.0.1:1"],
    ["4000", "--port", "4000"],
    ["--port", "x"],
    ["--port", "65536"],
    ["--login-attempts", "1001"],
    ["--login-attempts", "1e3"],
    ["--lock-seconds", "0"],
    ["--lock-seconds", "901"],
  ]
) {
  Deno.test(`serve ${args.join(" ")} is refused as wrong usage`, async () => {
    const outcome = await parseArgv(PROGRAM, ["serve", ...args]);
    if (outcome.kind === "usage") return;
    await assert.rejects(read(args), { name: "UsageError" });
  });
}

Deno.test("the limits of attempts and seconds themselves are taken", async () => {
  const { server } = await read(["--login-attempts", "1000", "--lock-seconds", "900"]);
  assert.deepEqual([server.loginAttempts, server.lockSeconds], [1000, 900]);
});

Deno.test("serve takes a node among several, its bus with a password in a file, or a bus that is none", async () => {
  const store = ["--store", "postgres://heliograph@localhost/heliograph"];
  const nats = ["--bus", "tls://h@nats.example.org", "--bus-password-file", "/etc/bus"];
  const { server } = await read([...store, ...nats, "--node", "one"]);
  assert.deepEqual([server.node, server.bus], ["one", {
    place: {
      hostname: "nats.example.org",
      port: 4222,
      isEncrypted: true,
      user: "h",
      caFile: undefined,
    },
    passwordFile: "/etc/bus",
  }]);
  const alone = await read([...store, "--bus", "none"]);
  assert.deepEqual([alone.server.node, alone.server.bus], [undefined, "none"]);
});

Deno.test("serve refuses what does not go together of a node among several, in words", async () => {
  const store = ["--store", "postgres://heliograph@localhost/heliograph"];
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [["--bus", "none"], /--bus: bus needs a store that other nodes reach/],
    [[...store, "--bus", "nats://localhost"], /bus needs the name of this node: --node NAME/],
    [[...store, "--node", "one"], /--node: node needs the way to the other nodes: --bus URL/],
    [
      [...store, "--bus", "none", "--bus-password-file", "/etc/bus"],
      /bus-password-file needs a NATS/,
    ],
    [["--workers", "2"], /--workers: workers needs a store for several processes, and their bus/],
    [[...store, "--bus", "none", "--workers", "65"], /allowed are 1 to 64/],
    [[...store, "--bus", "http://localhost"], /bus is nats:\/\/HOST:PORT or tls:/],
    [[...store, "--bus", "nats://h:secret@localhost", "--node", "one"], /must not hold the pass/],
    [[...store, "--bus", "none", "--node", "One"], /node is 1 to 32 of a to z, 0 to 9 and -/],
    [[...store, "--bus", "none", "--node", "a".repeat(33)], /node is 1 to 32/],
  ];
  for (const [args, message] of refused) await assert.rejects(read(args), { message });
  const longest = await read([...store, "--bus", "none", "--node", "a".repeat(32)]);
  assert.equal(longest.server.node, "a".repeat(32));
});

Deno.test("a worker has a folder and a name of its own, and leaves to the first process what is that one's", async () => {
  const args = [
    ...["4000", "--store", "postgres://h@/h?host=/run", "--bus", "nats://localhost", "--node", "n"],
    ...["--workers", "3", "--ready-file", `${HOME}/ready.json`, "--metrics", "127.0.0.1:9798"],
  ];
  const first = await read(args);
  assert.deepEqual([first.workers, first.server.sharesPort], [3, "first"]);
  const second = await read(args, workerEnvironment(first.server, 2));
  const { server, readyFile, metrics, workers, takesConsole } = second;
  assert.deepEqual(
    [server.node, server.dataFolder, server.cacheFolder, server.videoFolder, server.sharesPort],
    [
      "n-2",
      `${first.server.dataFolder}/workers/2`,
      `${first.server.dataFolder}/workers/2/cache`,
      first.server.videoFolder,
      "later",
    ],
  );
  assert.deepEqual([server.listen, server.store, server.bus], [
    first.server.listen,
    first.server.store,
    first.server.bus,
  ]);
  assert.deepEqual([readyFile, metrics.address, workers, takesConsole], [
    undefined,
    undefined,
    1,
    false,
  ]);
  for (const wrong of ["", "{", "[1]", '{"data":5}']) {
    await assert.rejects(read(args, { HELIOGRAPH_WORKER: wrong }), { code: "bad-config" }, wrong);
  }
});
