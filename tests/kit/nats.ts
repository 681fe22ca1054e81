/** A private nats-server on a port of loopback, for the tests of one file: it keeps nothing, and starts in no time. */

import { systemClock } from "../../lib/base/clock.ts";
import type { BusChoice } from "../../lib/server/config/bus_url.ts";
import { isOnPath } from "./on_path.ts";

/** Whether this machine has one to start. */
export function hasNats(): boolean {
  return isOnPath("nats-server");
}

const START_WITHIN_MS = 30_000;

/** Runs until it is disposed of. */
export class NatsServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: Deno.ChildProcess;
  /** The same after `kill` and `resume`. */
  readonly port: number;

  private constructor(
    made: { folder: string; args: readonly string[]; process: Deno.ChildProcess; port: number },
  ) {
    this.#folder = made.folder;
    this.#args = made.args;
    this.#process = made.process;
    this.port = made.port;
  }

  /** `args`: more of its options, e.g. `--user` and `--pass`. */
  static async start(args: readonly string[] = []): Promise<NatsServer> {
    const folder = await Deno.makeTempDir({ prefix: "heliograph-nats-" });
    const process = spawn({ port: -1, folder, args });
    return new NatsServer({ folder, args, process, port: await readPort(folder) });
  }

  get choice(): BusChoice {
    return {
      place: {
        hostname: "127.0.0.1",
        port: this.port,
        isEncrypted: false,
        user: undefined,
        caFile: undefined,
      },
      passwordFile: undefined,
    };
  }

  get pid(): number {
    return this.#process.pid;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  /** Starts it again after `kill`. Resolves when it listens. */
  async resume(): Promise<void> {
    this.#process = spawn({ port: this.port, folder: this.#folder, args: this.#args });
    const deadline = systemClock.deadline(START_WITHIN_MS);
    while (!await listens(this.port)) {
      deadline.throwIfAborted();
      await systemClock.sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      // It has ended.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function spawn(
  { port, folder, args }: { port: number; folder: string; args: readonly string[] },
): Deno.ChildProcess {
  return new Deno.Command("nats-server", {
    args: ["-a", "127.0.0.1", "-p", `${port}`, "--ports_file_dir", folder, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The free port that it took, which it writes down when it listens. */
async function readPort(folder: string): Promise<number> {
  const deadline = systemClock.deadline(START_WITHIN_MS);
  for (;;) {
    deadline.throwIfAborted();
    const name = [...Deno.readDirSync(folder)].find((entry) => entry.name.endsWith(".ports"))?.name;
    const text = name === undefined ? "" : await Deno.readTextFile(`${folder}/${name}`);
    const [, port] = /"nats":\s*\[\s*"(?:nats|tls):\/\/127\.0\.0\.1:(\d+)"/.exec(text) ?? [];
    if (port !== undefined) return Number(port);
    await systemClock.sleep(20);
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
