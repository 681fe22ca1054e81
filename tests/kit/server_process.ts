/** The server program on one port, over and over: killed, stopped in its tracks, and started on what that left. */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { programCommand, type Ready } from "../journeys/programs.ts";
import { HANG_MS } from "./hang.ts";

/** What it is started with. */
export interface ServerStart {
  /** Its ready file is in it. */
  readonly folder: string;
  readonly data: string;
  /** More arguments of `serve`. */
  readonly args?: readonly string[];
}

/** Runs until it is disposed of. From the source, or compiled when HELIOGRAPH_BIN says where that is. */
export class ServerProcess implements AsyncDisposable {
  readonly #start: ServerStart;
  #child: Deno.ChildProcess | undefined;
  #pid: number | undefined;
  /** What the process of the last start says on its standard error, once it has ended. */
  said: Promise<string> = Promise.resolve("");
  /** The same from the first start on. */
  port = 0;

  private constructor(start: ServerStart) {
    this.#start = start;
  }

  static async start(start: ServerStart): Promise<ServerProcess> {
    const server = new ServerProcess(start);
    await server.resume();
    return server;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.signal("SIGKILL");
    this.#child = undefined;
    await child.status;
  }

  /** False once it was killed, or has ended by itself. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  signal(signal: Deno.Signal): void {
    // From source the program may be a child of what was started (decision 0051), which ends with it.
    if (this.#pid === undefined) this.#child?.kill(signal);
    else Deno.kill(this.#pid, signal);
  }

  /** Starts it after `kill`. Resolves when it takes connections; rejects when it ends instead. */
  async resume(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { folder, data, args = [] } = this.#start;
    const readyFile = join(folder, "ready.json");
    await Deno.remove(readyFile).catch(() => undefined);
    const child = programCommand("server", [
      ...["serve", "--no-console", "--listen", `127.0.0.1:${this.port}`, "--tls", "off"],
      ...["--data", data, "--ready-file", readyFile, ...args],
    ], { stdin: "null", stdout: "null", stderr: "piped", env }).spawn();
    this.#child = child;
    this.#pid = undefined;
    this.said = new Response(child.stderr).text();
    let ended: number | undefined;
    void child.status.then(({ code }) => {
      ended = code;
      if (this.#child === child) this.#child = undefined;
    });
    const limit = systemClock.deadline(HANG_MS);
    for (;;) {
      if (ended !== undefined) {
        throw new Error(
          `the server ended with ${ended} instead of coming back: ${await this.said}`,
        );
      }
      limit.throwIfAborted();
      await systemClock.sleep(10);
      const text = await Deno.readTextFile(readyFile).catch(() => "");
      if (!text.trimEnd().endsWith("}")) continue;
      const { port, pid }: Ready = JSON.parse(text);
      this.port = port;
      this.#pid = pid;
      return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
