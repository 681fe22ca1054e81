/** The demo's own server: a child process on this machine, with a folder of its own that goes with it. */

import type { Clock } from "../../base/clock.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import { type Fingerprint, parseCertificateFingerprint } from "../../base/ids.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import { ENDS_WITH_INPUT } from "../../terminal/programs/run_again.ts";
import { findServerProgram, NO_SERVER } from "../server_program.ts";

/** A cold machine compiles the program first, and a busy one takes minutes. A server that cannot start ends. */
const READY_TIMEOUT_MS = 300_000;
const LOOK_MS = 50;
/** How long the server may take to say good-bye. */
const STOP_TIMEOUT_MS = 10_000;

/** Where the demo's server keeps its things. */
export interface DemoServerOptions {
  /** Exists and is empty; everything of the server goes below it. */
  readonly folder: string;
  readonly videoFolder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Ends the process when it is closed. */
export class DemoServer implements AsyncDisposable {
  readonly address: HostPort;
  readonly fingerprint: Fingerprint;
  readonly #child: Deno.ChildProcess;
  readonly #clock: Clock;

  private constructor(
    child: Deno.ChildProcess,
    facts: { address: HostPort; fingerprint: Fingerprint; clock: Clock },
  ) {
    this.#child = child;
    this.address = facts.address;
    this.fingerprint = facts.fingerprint;
    this.#clock = facts.clock;
  }

  /** Starts the server and waits until it accepts connections. Throws Refusal `no-server` when there is no server program. */
  static async start(options: DemoServerOptions): Promise<DemoServer> {
    const { folder, videoFolder, clock, signal } = options;
    const readyFile = `${folder}/ready.json`;
    const found = await findServerProgram();
    if (found === undefined) throw new Refusal("no-server", NO_SERVER);
    const { program, args } = found;
    const child = new Deno.Command(program, {
      args: [
        ...args,
        "serve",
        ...["--listen", "127.0.0.1:0", "--videos", videoFolder, "--ready-file", readyFile],
        "--no-console",
      ],
      // However this process ends: nobody is left who would end the server.
      env: { HELIOGRAPH_HOME: `${folder}/server`, [ENDS_WITH_INPUT]: "1" },
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let hasEnded = false;
    child.status.then(() => hasEnded = true);
    const untilMs = clock.monotonicMs() + READY_TIMEOUT_MS;
    for (;;) {
      const facts = await readReadyFile(readyFile);
      if (facts !== undefined) return new DemoServer(child, { ...facts, clock });
      if (hasEnded || signal.aborted || clock.monotonicMs() > untilMs) {
        if (!hasEnded) child.kill("SIGKILL");
        signal.throwIfAborted();
        throw new TransportError("demo-server", "The demo's server did not start");
      }
      await clock.sleep(LOOK_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    const cancel = this.#clock.after(STOP_TIMEOUT_MS, () => this.#child.kill("SIGKILL"));
    await this.#child.status;
    cancel();
    // Its reader is gone.
    await this.#child.stdin.close().catch(() => {});
  }
}

async function readReadyFile(
  path: string,
): Promise<{ address: HostPort; fingerprint: Fingerprint } | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { host, port, fingerprint } = JSON.parse(text);
  const parsed = parseCertificateFingerprint(fingerprint);
  return parsed === undefined ? undefined : { address: { host, port }, fingerprint: parsed };
}
