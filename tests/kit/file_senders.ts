/** Two people who send each other files, over memory links, on a false clock. */

import { join } from "node:path";
import type { Transfer } from "../../lib/client/transfers/transfer.ts";
import { type ConnectOptions, openTalk, type Pair, type TestClient } from "./test_client.ts";

/** One of the two, receiving and running transfers in the background. */
export class FilePerson {
  readonly test: TestClient;
  readonly name: string;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(test: TestClient, name: string) {
    this.test = test;
    this.name = name;
  }

  get client() {
    return this.test.client;
  }

  /** Receives and runs transfers until `rest`, or until the link ends. */
  work(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const { client } = this.test;
    this.#running = Promise.allSettled([
      client.receive({ signal, onCaughtUp: () => {} }),
      client.transfers.run(signal),
    ]);
  }

  async rest(): Promise<void> {
    this.#stop.abort(new DOMException("enough", "AbortError"));
    await this.#running;
  }

  /** As a sudden end and the next start. */
  async restart(): Promise<void> {
    await this.test.disconnect();
    await this.rest();
    await this.test.restart();
  }

  async back(options: ConnectOptions = {}): Promise<void> {
    await this.test.connect(options);
    this.work();
  }

  async transfers(): Promise<readonly Transfer[]> {
    return await this.client.transfers.newest(100);
  }

  async states(): Promise<readonly string[]> {
    return (await this.transfers()).map(({ state }) => state.state);
  }
}

/** The scene. */
export interface Senders extends AsyncDisposable {
  readonly pair: Pair;
  readonly alice: FilePerson;
  readonly bob: FilePerson;
  /** Holds `out` and `in`. */
  readonly folder: string;
  /** Writes a file to send. */
  write(name: string, bytes: Uint8Array): Promise<string>;
  /** What is in bob's folder, by path, parts too. */
  received(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Lets time pass until it holds. */
  until(holds: () => Promise<boolean> | boolean): Promise<void>;
  offer(...names: readonly string[]): Promise<void>;
  accept(): Promise<void>;
}

/** More than any of them takes; a hang ends as a failed test. */
const MAX_STEPS = 20_000;

/** `open`: how they know each other; they have talked unless told otherwise. */
export async function openSenders(open: () => Promise<Pair> = openTalk): Promise<Senders> {
  const pair = await open();
  const folder = await pair.world.folder();
  const alice = new FilePerson(pair.alice, "alice");
  const bob = new FilePerson(pair.bob, "bob");
  await Deno.mkdir(join(folder, "out"));
  await Deno.mkdir(join(folder, "in"));
  const until: Senders["until"] = async (holds) => {
    for (let step = 0; step < MAX_STEPS; step++) {
      if (await holds()) return;
      await pair.world.clock.advance(20);
    }
    throw new Error("it did not come to hold");
  };
  const none = new AbortController().signal;
  return {
    pair,
    alice,
    bob,
    folder,
    until,
    async write(name, bytes) {
      const path = join(folder, "out", name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, bytes);
      return path;
    },
    received: () => readTree(join(folder, "in")),
    async offer(...names) {
      const paths = names.map((name) => join(folder, "out", name));
      await alice.client.transfers.offer(pair.bob.account, paths, none);
    },
    async accept() {
      await until(async () => (await bob.client.transfers.waiting()).length > 0);
      for (const transfer of await bob.client.transfers.waiting()) {
        await bob.client.transfers.accept(transfer, join(folder, "in"));
      }
    },
    async [Symbol.asyncDispose]() {
      await pair.alice.disconnect();
      await pair.bob.disconnect();
      await Promise.all([alice.rest(), bob.rest()]);
      await pair[Symbol.asyncDispose]();
    },
  };
}

/** Undefined: it was taken away since the folder was read. */
async function readThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What is in a folder, by path. */
export async function readTree(folder: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const { name, isFile, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isFile) {
      const bytes = await readThere(path);
      if (bytes !== undefined) found.set(name, bytes);
    }
    if (!isDirectory) continue;
    for (const [below, bytes] of await readTree(path)) found.set(`${name}/${below}`, bytes);
  }
  return found;
}
