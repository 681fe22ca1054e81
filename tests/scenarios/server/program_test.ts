import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { run, scratch, ServerProcess } from "./server_process.ts";

const isWindows = Deno.build.os === "windows";

async function dial(folder: string, server: ServerProcess): Promise<RawClient> {
  const caPem = await Deno.readTextFile(join(folder, "data/ca.pem"));
  const { stream } = await dialTls(server.ready, caPem, { clock: systemClock, timeoutMs: 10_000 });
  return new RawClient(stream);
}

/** Files and folders below `folder` that others than their owner may use. */
function openToOthers(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    const mode = Deno.statSync(path).mode ?? 0;
    const found = (mode & 0o077) === 0 ? [] : [`${path} ${mode.toString(8)}`];
    return isDirectory ? [...found, ...openToOthers(path)] : found;
  });
}

Deno.test({
  name: "server that gets SIGTERM tells its clients, ends with 0 and leaves no ready file",
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    const server = await ServerProcess.start(place.folder);
    const client = await dial(place.folder, server);
    await client.hello();
    const ending = server.stop("SIGTERM");
    const { header } = await client.next("server.going-away");
    assert.ok(Number(header.reconnectAfterMs) >= 500);
    await client.ended;
    await client.close();
    const { code, stdout, stderr } = await ending;
    assert.equal(code, 0, stderr);
    const { port, fingerprint, invite } = server.ready;
    assert.deepEqual(stdout.split("\n").slice(0, 4), [
      `Server started! Port number: ${port}, number of attempts: 3`,
      `Listening on 127.0.0.1:${port}`,
      `Fingerprint ${fingerprint}`,
      `Invite ${invite}`,
    ]);
    assert.match(stderr, /server\.start/);
    assert.match(stderr, /server\.stopped/);
    assert.throws(() => Deno.statSync(join(place.folder, "ready.json")), Deno.errors.NotFound);
    assert.throws(
      () => Deno.statSync(join(place.folder, "data/server.json")),
      Deno.errors.NotFound,
    );
  },
});

Deno.test({
  name: "SR-52: everything that a server makes is closed to other users, whatever the umask was",
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    const before = Deno.umask(0);
    let server: ServerProcess;
    try {
      server = await ServerProcess.start(place.folder);
    } finally {
      Deno.umask(before);
    }
    const client = await dial(place.folder, server);
    await client.hello();
    const found = openToOthers(place.folder);
    await client.close();
    await server.stop("SIGTERM");
    assert.deepEqual(found, []);
  },
});

Deno.test({
  name: "server that is killed starts again as the same one, and status knows the difference",
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    const data = join(place.folder, "data");
    const first = await ServerProcess.start(place.folder);
    const running = await run(["status", "--data", data, "--json"]);
    assert.equal(running.code, 0, running.stderr);
    const shown = JSON.parse(running.stdout);
    assert.deepEqual(
      [shown.running, shown.answers, shown.address, shown.pid, shown.fingerprint],
      [true, true, `127.0.0.1:${first.ready.port}`, first.ready.pid, first.ready.fingerprint],
    );
    await first.stop("SIGKILL");
    assert.equal((await run(["status", "--data", data])).code, 5);
    const second = await ServerProcess.start(place.folder);
    assert.equal(second.ready.fingerprint, first.ready.fingerprint);
    const client = await dial(place.folder, second);
    await client.hello();
    await client.close();
    assert.equal((await second.stop("SIGINT")).code, 0);
  },
});

Deno.test("server over a simulated line says so, and its status too", async () => {
  await using place = await scratch();
  const server = await ServerProcess.start(place.folder, ["--simulate", "rtt=20ms"]);
  const data = join(place.folder, "data");
  const status = await run(["status", "--data", data]);
  assert.match(status.stdout, /^Simulated {4}20 ms$/m);
  const client = await dial(place.folder, server);
  await client.hello();
  await client.close();
  const ended = await server.stop("SIGTERM");
  assert.match(ended.stdout, /^Simulated line to every client: 20 ms$/m);
});

Deno.test("a second server on the same data, and one on the same port, end with 5 and say why", async () => {
  await using place = await scratch();
  const server = await ServerProcess.start(place.folder);
  const data = join(place.folder, "data");
  const sameData = await run(["serve", "--listen", "127.0.0.1:0", "--data", data]);
  assert.equal(sameData.code, 5);
  assert.match(sameData.stderr, /another process is running on it/);
  const address = `127.0.0.1:${server.ready.port}`;
  const other = join(place.folder, "other");
  const samePort = await run(["serve", "--listen", address, "--data", other]);
  assert.equal(samePort.code, 5);
  assert.match(
    samePort.stderr,
    /^Cannot listen on 127\.0\.0\.1:\d+: port is already in use\. Try a different port! This one is free: --listen 127/m,
  );
  assert.doesNotMatch(samePort.stderr, /permission/, "one cause, in one sentence");
  const nowhere = await run(["serve", "--listen", "192.0.2.1:0", "--data", other]);
  assert.equal(nowhere.code, 5);
  assert.match(nowhere.stderr, /this machine has no such address/);
  await server.stop(isWindows ? "SIGKILL" : "SIGTERM");
});

Deno.test({
  name: "server writes its log as JSON lines on standard error when asked, and nothing else there",
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    const server = await ServerProcess.start(place.folder, [
      "--log-format",
      "json",
      "--tls",
      "off",
    ]);
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.ready.port });
    const client = new RawClient(tcp);
    await client.hello();
    await client.close();
    const { stderr } = await server.stop("SIGTERM");
    const events = stderr.trim().split("\n").map((line) => JSON.parse(line).event);
    assert.ok(events.includes("server.start") && events.includes("server.stopped"));
  },
});

Deno.test({
  name:
    "with --log-format json everything that serve says is a line of JSON on one stream, also why it ends",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await scratch();
    const json = ["--log-format", "json", "--log-level", "debug"];
    const server = await ServerProcess.start(place.folder, json);
    const taken = `127.0.0.1:${server.ready.port}`;
    const { code, stdout, stderr } = await server.stop("SIGTERM");
    const events = (text: string) =>
      text.trimEnd().split("\n").map((line) => JSON.parse(line)).map(({ event }) => event);
    assert.deepEqual([code, stdout], [0, ""]);
    for (const event of ["server.start", "server.invite", "server.stopped"]) {
      assert.ok(events(stderr).includes(event), event);
    }
    using _taken = Deno.listen({ hostname: "127.0.0.1", port: Number(taken.split(":")[1]) });
    const data = ["--data", join(place.folder, "data")];
    for (const [args, exit] of [[["--listen", taken], 5], [["--config", "/absent"], 2]] as const) {
      const failed = await run(["serve", ...data, ...args, ...json]);
      assert.deepEqual([failed.code, failed.stdout], [exit, ""]);
      assert.equal(events(failed.stderr).at(-1), "server.failed");
      assert.equal(JSON.parse(failed.stderr.trimEnd().split("\n").at(-1) ?? "").exit, exit);
    }
  },
});
