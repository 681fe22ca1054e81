/** Where a shell asks a client that runs for names (SR-80, decision 0093). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { NameSocket } from "../../../lib/cli/serve_names.ts";
import { FakeClock } from "../../kit/clock.ts";

const ignore = Deno.build.os === "windows";

/** A runtime folder with a path that fits a socket wherever the tests lie. */
async function place() {
  const runtimeFolder = await Deno.makeTempDir({ prefix: "h-" });
  const folder = join(runtimeFolder, "completion");
  return {
    runtimeFolder,
    folder,
    files: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    async open(profile = "default", options: Partial<Parameters<typeof NameSocket.open>[0]> = {}) {
      const socket = await NameSocket.open({
        ...{ runtimeFolder, profile, clock: systemClock, random: systemRandom },
        answer: (request) => Promise.resolve(`${profile}:${request}\n`),
        ...options,
      });
      if (socket === undefined) throw new Error("no socket");
      return socket;
    },
    [Symbol.asyncDispose]: () => Deno.remove(runtimeFolder, { recursive: true }),
  };
}

/** Sends bytes and reads to the end. */
async function ask(path: string, text: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode(text));
  return await rest(connection);
}

async function rest(connection: Deno.Conn): Promise<string> {
  let all = "";
  const buffer = new Uint8Array(1024);
  for (;;) {
    // Closed with what was sent unread, the other end is reset.
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return all;
    all += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

Deno.test({
  name:
    "SR-80: the socket for names answers one line, is its user's alone, and goes with the client",
  ignore,
  async fn() {
    await using at = await place();
    const socket = await at.open();
    const [file, ...more] = at.files();
    const path = join(at.folder, file);
    deepEqual([/^default\.[0-9a-f]{8}\.sock$/.test(file), more], [true, []]);
    equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    equal((Deno.statSync(at.folder).mode ?? 0) & 0o777, 0o700);
    equal(await ask(path, "person al\nperson bo\n"), "default:person al\n");
    await socket.close();
    await socket.close();
    deepEqual(at.files(), []);
  },
});

Deno.test({
  name:
    "clients that run side by side each have a socket, and the next one removes those of the killed",
  ignore,
  async fn() {
    await using at = await place();
    await using _one = await at.open();
    await using _two = await at.open();
    await using _work = await at.open("work");
    // Closed without its file being removed, as by kill -9.
    const dead = join(at.folder, "default.00000000.sock");
    Deno.listen({ transport: "unix", path: dead }).close();
    if (!at.files().includes("default.00000000.sock")) Deno.writeTextFileSync(dead, "");
    equal(at.files().length, 4);
    await using _three = await at.open();
    equal(at.files().length, 4);
    equal(at.files().includes("default.00000000.sock"), false);
    for (const file of at.files()) ok(await ask(join(at.folder, file), "x\n"));
  },
});

Deno.test({
  name: "the socket for names says nothing to a line that is too long, is no text, or never ends",
  ignore,
  async fn() {
    await using at = await place();
    const clock = new FakeClock();
    await using _socket = await at.open("default", { clock });
    const path = join(at.folder, at.files()[0]);
    equal(await ask(path, `${"x".repeat(600)}\n`), "");
    using connection = await Deno.connect({ transport: "unix", path });
    await connection.write(new Uint8Array([0xff, 0xfe, 0x0a]));
    equal(await rest(connection), "");
    using silent = await Deno.connect({ transport: "unix", path });
    await silent.write(new TextEncoder().encode("person "));
    // It was taken in before this one was answered.
    equal(await ask(path, "person x\n"), "default:person x\n");
    await clock.advance(1_000);
    equal(await rest(silent), "");
  },
});

Deno.test({
  name: "a client whose runtime folder cannot hold a socket runs without",
  ignore,
  async fn() {
    await using at = await place();
    const runtimeFolder = join(at.runtimeFolder, "x".repeat(120));
    const options = { runtimeFolder, profile: "p", clock: systemClock, random: systemRandom };
    equal(await NameSocket.open({ ...options, answer: () => Promise.resolve("") }), undefined);
    deepEqual([...Deno.readDirSync(join(runtimeFolder, "completion"))], []);
  },
});
