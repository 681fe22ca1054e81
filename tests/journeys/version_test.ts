/** Programs of different versions meet: clear words, exit code 10, and nothing half done. */

import { deepEqual, equal, match } from "node:assert/strict";
import type { VersionRange } from "../../lib/protocol/versions.ts";
import { type Hooks, interpose } from "../kit/man_in_the_middle.ts";
import { Journey } from "./programs.ts";

/** Between the client program and the server program, on a port of its own; changes packets on the way. */
class Relay implements AsyncDisposable {
  hooks: Hooks = {};
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void>;

  constructor(serverPort: number) {
    this.#done = this.#run(serverPort);
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  async #run(serverPort: number): Promise<void> {
    const passing: Promise<void>[] = [];
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
      const through = interpose(far, this.hooks);
      const there = pass(near, through);
      const back = pass(through, near);
      passing.push(
        Promise.all([there, back]).then(() => {
          for (const end of [near, far]) end.close();
        }),
      );
    }
    await Promise.all(passing);
  }
}

type Stream = Pick<Deno.TcpConn, "read" | "write" | "closeWrite">;

async function pass(from: Stream, to: Stream): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      for (let at = 0; at < count;) at += await to.write(buffer.slice(at, count));
    }
  } catch {
    // The other direction's end tells it on.
  }
  await to.closeWrite().catch(() => {});
}

/** A client that speaks `versions`, at the server of now. */
const clientOf = (versions: VersionRange): Hooks => ({
  up({ header, payload }, pass) {
    pass(header.kind === "hello" ? { ...header, versions } : header, payload);
  },
});

/** A server that speaks `versions`, for the client of now, with words of its own. */
const serverOf = (versions: VersionRange): Hooks => ({
  up({ header }, _pass, answer) {
    const { request } = header;
    answer({ kind: "failure", request, code: "unsupported-version", message: "Nope", versions });
  },
});

/** Names and contents of everything below a folder, as one text each. */
async function contents(folder: string): Promise<string[]> {
  const all: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    all.push(...isDirectory ? await contents(path) : [path]);
  }
  return all.sort();
}

Deno.test("a client and a server of other versions part with clear words and exit code 10, and nothing is half done", async () => {
  await using journey = await Journey.open({ serve: ["--tls", "off"] });
  await using relay = new Relay(journey.ready.port);
  const run = async (hooks: Hooks, person: string, ...args: string[]) => {
    relay.hooks = hooks;
    const through = ["--server", relay.address, "--tls", "off"];
    return await journey.run(person, [...args, ...through], { server: false });
  };
  const register = [
    "register",
    "zoe",
    ...["--password-file", await journey.passwordFile("zoe")],
    ...["--recovery-file", `${journey.folder}/zoe.recovery`],
  ];
  const cases: [Hooks, RegExp][] = [
    [
      serverOf({ min: 2, max: 4 }),
      /^This program is too old for the server: update it \(the server speaks version 2 to 4, this program 1\)\n$/,
    ],
    [
      serverOf({ min: 0, max: 0 }),
      /^The server is too old for this program: ask its operator to update it \(/,
    ],
    // Our server at clients of others: what it says itself is seen in its unit test.
    [clientOf({ min: 2, max: 3 }), /version 1/],
    [clientOf({ min: 0, max: 0 }), /version 1/],
  ];
  for (const [hooks, words] of cases) {
    const { code, stderr, stdout } = await run(hooks, "zoe", ...register);
    deepEqual([code, stdout], [10, ""], stderr);
    match(stderr, words);
    equal((await journey.run("zoe", ["whoami"], { server: false })).code, 3);
  }
  deepEqual((await contents(journey.folder)).filter((path) => path.endsWith(".recovery")), []);
  // The same person, name and home, once the two understand each other; a newer client speaks the old version as well.
  const { code, stderr } = await run(clientOf({ min: 1, max: 7 }), "zoe", ...register);
  equal(code, 0, stderr);
  // Somebody who is signed in already keeps everything.
  const later = await run(serverOf({ min: 2, max: 2 }), "zoe", "send", "zoe", "hello");
  equal(later.code, 10, later.stderr);
  equal((await run({}, "zoe", "who")).code, 0);
});
