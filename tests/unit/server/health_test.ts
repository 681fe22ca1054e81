import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import type { HealthCredentials } from "../../../lib/server/health/credentials.ts";
import { HealthServer } from "../../../lib/server/health/health_server.ts";
import { Operator } from "../../../lib/server/health/operator.ts";
import { testAuthority } from "../../kit/certificates.ts";
import { FakeClock } from "../../kit/clock.ts";
import { guess, ready, registered } from "../../kit/raw_account.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer, type TestServerOptions } from "../../kit/test_server.ts";

const ANY = { host: "127.0.0.1", port: 0 };
const UNGUARDED = { clock: systemClock, credentials: () => Promise.resolve({}) };

async function openHealth(options: TestServerOptions = {}) {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open(options));
  const operator = new Operator(server.parts, server.host);
  const health = opening.use(await HealthServer.open(ANY, operator, UNGUARDED));
  const owned = opening.move();
  const { port } = health.address;
  return {
    server,
    port,
    async get(path: string, init?: RequestInit) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return {
        status: response.status,
        body: await response.text(),
        type: response.headers.get("content-type"),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const TOKEN = "0123456789abcdef0123456789abcdef";

/** The value of a metric, with its labels as written. */
function valueOf(body: string, name: string): number {
  const line = body.split("\n").find((one) => one.startsWith(`heliograph_${name} `));
  if (line === undefined) throw new Error(`no ${name}: ${body}`);
  return Number(line.split(" ")[1]);
}

Deno.test("SR-59: metrics have no account, room, file or video name in them", async () => {
  await using place = await openHealth();
  const { server } = place;
  const canaries = ["canaryname", "canaryvideo", "canaryroom"];
  const account = await registered(server, canaries[0]);
  const client = await ready(server, account);
  await Deno.writeTextFile(`${server.folder}/videos/${canaries[1]}.mp4`, "no video");
  await client.ask("video.open", { video: canaries[1], mode: "thirds", speed: 1 });
  await guess(await server.handshake(), canaries[0], "canarypassword");
  const { status, body, type } = await place.get("/metrics");
  assert.equal(status, 200);
  assert.match(type ?? "", /^text\/plain; version=0\.0\.4/);
  for (const canary of [...canaries, "canarypassword", server.folder, "192.0.2.1"]) {
    assert.ok(!body.includes(canary), canary);
  }
  await client.close();
});

Deno.test("metrics count connections, accounts, people and what waits, in Prometheus' form", async () => {
  await using place = await openHealth();
  const { server } = place;
  const account = await registered(server, "alice");
  const client = await ready(server, account);
  await server.handshake();
  const { body } = await place.get("/metrics");
  assert.equal(valueOf(body, 'connections{state="ready"}'), 1);
  assert.equal(valueOf(body, 'connections{state="stranger"}'), 1);
  assert.equal(valueOf(body, "accounts"), 1);
  assert.equal(valueOf(body, "people_online"), 1);
  assert.equal(valueOf(body, "connections_total"), server.host.accepted);
  assert.ok(valueOf(body, "packets_total") >= 3 && valueOf(body, "sign_ins_total") >= 1);
  for (const line of body.trimEnd().split("\n")) {
    assert.match(
      line.replace(/(?:heliograph|process)_[a-z_]+/, "NAME"),
      /^(?:# HELP NAME .+|# TYPE NAME (?:gauge|counter|histogram)|NAME(?:\{[^}]*\})? -?\d[\d.e+-]*)$/,
    );
  }
  await client.close();
});

Deno.test("the server is healthy while it answers, and ready until its end is ordered", async () => {
  await using place = await openHealth();
  const { ending } = place.server.parts;
  assert.deepEqual((await place.get("/healthz")).status, 200);
  assert.deepEqual((await place.get("/readyz")).body, "ready\n");
  ending.plan("stop", { delayMs: 60_000, reason: "" });
  const draining = await place.get("/readyz");
  assert.deepEqual([draining.status, draining.body], [503, "draining\n"]);
  assert.equal((await place.get("/healthz")).status, 200);
  assert.match((await place.get("/metrics")).body, /^heliograph_draining 1$/m);
  ending.cancel();
  assert.equal((await place.get("/readyz")).status, 200);
});

Deno.test("the server is not ready when its store does not answer", async () => {
  let broken = false;
  await using place = await openHealth({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (broken && name === "listAccounts") {
            return () => Promise.reject(new StorageError("store-lost", "gone"));
          }
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
  });
  broken = true;
  assert.deepEqual([(await place.get("/readyz")).status, (await place.get("/healthz")).status], [
    503,
    200,
  ]);
  assert.equal((await place.get("/metrics")).status, 500);
  broken = false;
});

Deno.test("health answers nothing else, and no page under a name of its own", async () => {
  await using place = await openHealth();
  assert.equal((await place.get("/secrets")).status, 404);
  assert.equal((await place.get("/metrics", { method: "POST", body: "x" })).status, 405);
  using stream = await Deno.connect({ hostname: "127.0.0.1", port: place.port });
  await stream.write(
    new TextEncoder().encode(
      "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ),
  );
  const buffer = new Uint8Array(4096);
  const count = await stream.read(buffer);
  assert.match(new TextDecoder().decode(buffer.subarray(0, count ?? 0)), /^HTTP\/1\.1 403 /);
});

Deno.test("SR-59: metrics are refused on any address but this machine's own without a token or without TLS", async () => {
  await using server = await TestServer.open();
  const operator = new Operator(server.parts, server.host);
  const tls = await (await testAuthority()).issue();
  for (const host of ["0.0.0.0", "192.0.2.1", "::", "example.org"]) {
    for (const guard of [{}, { token: TOKEN }, { tls }]) {
      const options = { clock: systemClock, credentials: () => Promise.resolve(guard) };
      await assert.rejects(HealthServer.open({ host, port: 0 }, operator, options), {
        name: "UsageError",
        code: "not-loopback",
      });
    }
  }
});

Deno.test("metrics count messages, deliveries, refusals by their code, commits by their time, and the database", async () => {
  await using place = await openHealth();
  const { server } = place;
  const { alice, bob, conversation } = await openPair(server);
  const before = (await place.get("/metrics")).body;
  for (const body of ["one", "two", "three"]) await alice.send(conversation, body);
  // A Welcome, too.
  assert.equal((await bob.client.ask("relay.subscribe")).header.waiting, 4);
  let seq = 0;
  while (seq < 4) seq = Number((await bob.client.next("relay.envelope")).header.seq);
  bob.acknowledge(conversation, seq);
  await bob.client.get("keys.count");
  await alice.client.ask("broadcast.send");
  const { body } = await place.get("/metrics");
  assert.equal(valueOf(body, "messages_total"), 3);
  assert.equal(valueOf(body, "deliveries_total"), 4);
  assert.equal(valueOf(body, 'refusals_total{code="bad-message"}'), 1);
  const commits = (of: string, name: string) => valueOf(of, `commit_seconds_${name}`);
  assert.ok(commits(body, "count") > commits(before, "count"));
  assert.equal(commits(body, 'bucket{le="+Inf"}'), commits(body, "count"));
  // On a false clock none takes any time.
  assert.equal(commits(body, 'bucket{le="0.001"}'), commits(body, "count"));
  assert.equal(commits(body, "sum"), 0);
  assert.equal(valueOf(body, "commit_failures_total"), 0);
  assert.ok(valueOf(body, "database_bytes") > 4096);
  assert.match(body, /^process_resident_memory_bytes \d+$/m);
});

Deno.test("the server is not ready once its database was deleted or replaced", async () => {
  await using place = await openHealth();
  const { folder, parts: { database } } = place.server;
  const path = `${folder}/server.db`;
  const answer = async () => {
    const { status, body } = await place.get("/readyz");
    return `${status} ${body}`;
  };
  assert.equal(await answer(), "200 ready\n");
  await Deno.rename(path, `${path}.away`);
  assert.equal(await answer(), "503 database\n");
  assert.equal((await place.get("/metrics")).status, 200, "without the size");
  await Deno.copyFile(`${path}.away`, path);
  assert.equal(await answer(), "503 database\n");
  const clock = new FakeClock();
  const stop = new AbortController();
  const watching = database.watch(clock, stop.signal);
  const ended = assert.rejects(watching, { name: "StorageError", code: "database-missing" });
  // Replaced: no reason to end, since a file system may have given it another number.
  await clock.advance(5_000);
  await Deno.remove(path);
  await clock.advance(5_000);
  await ended;
  await Deno.rename(`${path}.away`, path);
  assert.equal(await answer(), "200 ready\n");
});

async function readAll(stream: Pick<Deno.Conn, "read">): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let count; (count = await stream.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

/** Health on an address of the operator's choice: what guards it is `guard`, as it is when it is read. */
async function openGuarded(guard: HealthCredentials) {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open());
  const operator = new Operator(server.parts, server.host);
  const place = { guard };
  const health = opening.use(
    await HealthServer.open(ANY, operator, {
      clock: systemClock,
      credentials: () => Promise.resolve(place.guard),
    }),
  );
  const owned = opening.move();
  return {
    health,
    renewWith(next: HealthCredentials) {
      place.guard = next;
      return health.renew();
    },
    /** Status and body, as somebody who trusts `caPem` gets them. */
    async get(path: string, caPem: string, headers: Record<string, string> = {}) {
      const options = { clock: systemClock, timeoutMs: 60_000 };
      const { stream } = await dialTls(health.address, caPem, options);
      const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      await stream.write(utf8(`GET ${path} HTTP/1.1\r\n${fields.join("")}\r\n`));
      const answer = await readAll(stream);
      stream.close();
      const [head, body] = answer.split("\r\n\r\n");
      return { status: Number(head.split(" ")[1]), body };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("SR-59: metrics on another address answer in TLS, and to nobody without the token", async () => {
  const authority = await testAuthority();
  const tls = await authority.issue();
  await using place = await openGuarded({ token: TOKEN, tls });
  for (const path of ["/metrics", "/healthz", "/readyz", "/nothing"]) {
    for (
      const authorization of [undefined, "", TOKEN, `Basic ${TOKEN}`, "Bearer", `Bearer ${TOKEN}0`]
    ) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, body } = await place.get(path, authority.caPem, headers);
      assert.deepEqual([status, body], [401, "Say the token: Authorization: Bearer TOKEN\n"]);
    }
  }
  const headers = { authorization: `Bearer ${TOKEN}` };
  assert.equal((await place.get("/healthz", authority.caPem, headers)).body, "ok\n");
  const { status, body } = await place.get("/metrics", authority.caPem, headers);
  assert.equal(status, 200);
  const until = valueOf(body, 'certificate_expiry_timestamp_seconds{certificate="metrics"}');
  assert.ok(until * 1000 > Date.now() && until * 1000 < Date.now() + 2 * 86_400_000);
  assert.ok(!body.includes(TOKEN));
});

Deno.test("metrics show a new certificate and take a new token after a renewal, and keep both when it fails", async () => {
  const [first, second] = [await testAuthority(), await testAuthority()];
  await using place = await openGuarded({ token: TOKEN, tls: await first.issue() });
  const status = async (caPem: string, token: string) =>
    (await place.get("/healthz", caPem, { authorization: `Bearer ${token}` })).status;
  assert.equal(await status(first.caPem, TOKEN), 200);
  const next = "f".repeat(64);
  const news = await place.renewWith({ token: next, tls: await second.issue() });
  assert.equal(news?.changed, true);
  assert.equal(await status(second.caPem, next), 200);
  assert.equal(await status(second.caPem, TOKEN), 401);
  await assert.rejects(status(first.caPem, next), { name: "TrustError" });
  const broken = { certificateChainPem: "no certificate", privateKeyPem: "no key" };
  await assert.rejects(place.renewWith({ token: TOKEN, tls: broken }), { code: "bad-certificate" });
  assert.equal(await status(second.caPem, next), 200);
});

Deno.test("whoever opens connections to the metrics and says nothing does not keep others out", async () => {
  await using place = await openHealth();
  const silent = await Promise.all(
    Array.from({ length: 40 }, () => Deno.connect({ hostname: "127.0.0.1", port: place.port })),
  );
  assert.equal((await place.get("/healthz")).status, 200);
  silent.forEach((conn) => conn.close());
});

Deno.test("metrics have the names of processes, times as histograms, bytes on the disk and ends of certificates", async () => {
  await using place = await openHealth();
  const { server } = place;
  const account = await registered(server, "alice");
  const client = await ready(server, account);
  await client.get("keys.count");
  await Deno.writeFile(`${server.folder}/spool/${"0".repeat(32)}`, new Uint8Array(1234));
  const { body } = await place.get("/metrics");
  assert.match(body, /^process_cpu_seconds_total \d+(\.\d+)?$/m);
  assert.match(body, /^process_start_time_seconds \d+(\.\d+)?$/m);
  assert.ok(valueOf(body, "request_seconds_count") > 3);
  assert.equal(
    valueOf(body, 'request_seconds_bucket{le="+Inf"}'),
    valueOf(body, "request_seconds_count"),
  );
  assert.equal(valueOf(body, "spool_bytes"), 1234);
  assert.equal(valueOf(body, "frames_bytes"), 0);
  await client.close();
});
