/** Asking a running server over its control socket: connections, unlock. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askServer } from "../../../lib/admin/control_client.ts";
import { CONNECTIONS_REPLY, CONTROL_LINE_MAX_BYTES } from "../../../lib/admin/control_commands.ts";
import { controlSocketPath } from "../../../lib/admin/control_path.ts";
import { ControlSocket } from "../../../lib/admin/operator_ends.ts";
import { runAdmin } from "../../../lib/admin/main.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { guess, ready, registered } from "../../kit/raw_account.ts";
import { makeRunner } from "../../kit/console.ts";
import { TestServer } from "../../kit/test_server.ts";

const isWindows = Deno.build.os === "windows";

/** A server with its lock and its socket. */
class Site implements AsyncDisposable {
  readonly server: TestServer;
  readonly socket: ControlSocket;
  readonly #lock: InstanceLock;

  private constructor(server: TestServer) {
    this.server = server;
    this.#lock = InstanceLock.take(server.folder);
    const socket = ControlSocket.open(server.folder, makeRunner(server));
    if (socket === undefined) throw new Error("no socket");
    this.socket = socket;
  }

  static async open(): Promise<Site> {
    return new Site(await TestServer.open());
  }

  async run(...args: string[]) {
    const io = fakeIo(await Deno.realPath(this.server.folder));
    return { exit: await runAdmin([...args, "--data", "."], io), ...io };
  }

  /** Sends bytes and returns the line that comes back, empty at the end. */
  async raw(text: string): Promise<string> {
    const path = controlSocketPath(this.server.folder);
    using connection = await Deno.connect({ transport: "unix", path });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) {
      try {
        at += await connection.write(bytes.subarray(at));
      } catch {
        // Ended by the server.
        return "";
      }
    }
    const buffer = new Uint8Array(1024);
    const count = await connection.read(buffer).catch(() => null);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket.close();
    this.#lock.release();
    await this.server[Symbol.asyncDispose]();
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isWindows, fn });
}

test("server counts who is connected, and who of them is signed in", async () => {
  await using site = await Site.open();
  const alice = await registered(site.server, "alice");
  const stranger = await site.server.handshake();
  const device = await ready(site.server, alice);
  const question = {
    request: { command: "connections" },
    reply: CONNECTIONS_REPLY,
    clock: systemClock,
  } as const;
  const counts = () => askServer(site.server.folder, question);
  assert.deepEqual(await counts(), { connected: 2, signedIn: 1 });
  await device.close();
  await stranger.close();
  // The server's side of a connection ends a little later.
  while ((await counts()).connected > 0);
  assert.deepEqual(await counts(), { connected: 0, signedIn: 0 });
});

test("SR-40: user unlock lets an account be tried again that is locked in a running server", async () => {
  await using site = await Site.open();
  await registered(site.server, "Alice");
  const client = await site.server.handshake();
  for (let i = 0; i < 3; i++) {
    const { challenge } = await guess(client, "alice", `wrong ${i}`);
    assert.equal(challenge.header.kind, "login.challenge");
  }
  assert.equal((await guess(client, "alice", "wrong")).challenge.header.code, "locked");
  const unlocked = await site.run("user", "unlock", "ALICE");
  assert.deepEqual([unlocked.exit, unlocked.output], [0, ["Unlocked"]], unlocked.notes.join());
  assert.equal((await guess(client, "alice", "wrong")).challenge.header.attemptsLeft, 2);
  const again = await site.run("unlock", "alice", "--json");
  assert.deepEqual(again.output.map((line) => JSON.parse(line)), [
    { v: 1, type: "unlock", name: "alice", result: "was-not-locked" },
  ]);
  const record = await site.server.parts.store.listAudit({ limit: 5 });
  // The operator is nobody's account.
  assert.deepEqual(record.map(({ by, action }) => [by, action]), [
    [undefined, "unlock"],
    [undefined, "unlock"],
  ]);
  await client.close();
});

test("user unlock of nobody ends with 4, and without a server with 5", async () => {
  await using site = await Site.open();
  for (const name of ["nobody", "no/name", "", "x".repeat(2000)]) {
    assert.equal((await site.run("user", "unlock", name)).exit, 4, name);
  }
  await site.socket.close();
  const { exit, notes } = await site.run("user", "unlock", "alice");
  assert.equal(exit, 5);
  assert.match(notes[0], /^Cannot ask the server of /);
  const io = fakeIo(await Deno.realPath(site.server.folder));
  assert.equal(await runAdmin(["user", "unlock", "alice", "--data", "nowhere"], io), 5);
  assert.match(io.notes[0], /No server is running/);
});

test("SR-57: the control socket is its owner's only, and is gone when the server is", async () => {
  await using site = await Site.open();
  const path = controlSocketPath(site.server.folder);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  await site.socket.close();
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
});

test("SR-57: a socket that a dead server left is replaced", async () => {
  await using site = await Site.open();
  // What a killed process leaves: a name that nobody listens on.
  await using second = ControlSocket.open(site.server.folder, makeRunner(site.server));
  assert.ok(second);
  assert.match(await site.raw('{"command":"connections"}\n'), /^\{"connected":0,"signedIn":0\}\n$/);
});

test("a control connection that says anything else harms nobody", async () => {
  await using site = await Site.open();
  const unknown = '{"error":"Unknown command"}\n';
  for (const line of ["", "{", "null", "[]", '{"command":"stop"}', '{"command":"unlock"}']) {
    assert.equal(await site.raw(`${line}\n`), unknown, line);
  }
  assert.equal(await site.raw("x".repeat(CONTROL_LINE_MAX_BYTES + 1)), "");
  assert.match(await site.raw('{"command":"connections"}\n'), /^\{"connected":0/);
});

test("a data folder whose path is too long for a socket is asked over a link, and none stays", async () => {
  await using server = await TestServer.open();
  const deep = join(server.folder, "d".repeat(100));
  await Deno.mkdir(deep);
  const temporary = await Deno.makeTempDir();
  const wasTemporary = Deno.env.get("TMPDIR") ?? "/tmp";
  Deno.env.set("TMPDIR", temporary);
  using _back = { [Symbol.dispose]: () => Deno.env.set("TMPDIR", wasTemporary) };
  await using socket = ControlSocket.open(deep, makeRunner(server));
  assert.ok(socket);
  assert.equal((Deno.statSync(controlSocketPath(deep)).mode ?? 0) & 0o777, 0o600);
  const question = { request: { command: "connections" }, reply: CONNECTIONS_REPLY } as const;
  const answer = await askServer(deep, { ...question, clock: systemClock });
  assert.deepEqual(answer, { connected: 0, signedIn: 0 });
  await socket.close();
  assert.throws(() => Deno.statSync(controlSocketPath(deep)), Deno.errors.NotFound);
  await Deno.remove(temporary);
});
