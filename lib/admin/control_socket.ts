/**
 * The way to a running server for its own user on its own machine: a unix socket in the data folder, 0600 in a folder of
 * 0700 (SR-57). Windows has none; a server there is spoken to on its own terminal.
 */

import { describeError } from "../base/errors.ts";
import { utf8 } from "../base/bytes.ts";
import { logger } from "../base/log.ts";
import type { OperatorRunner } from "./operator_runner.ts";
import { answerControl } from "./control_commands.ts";
import { ControlLines } from "./control_line.ts";
import { ControlPath, controlSocketPath } from "./control_path.ts";
import { removeQuietly } from "./state_file.ts";

const log = logger("server", "operator");

/** Owns the socket and the connections over it. */
export class ControlSocket implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #path: string;
  readonly #open = new Set<Deno.UnixConn>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  #isClosed = false;

  private constructor(listener: Deno.UnixListener, path: string, runner: OperatorRunner) {
    this.#listener = listener;
    this.#path = path;
    this.#accepting = this.#accept(runner);
  }

  /**
   * MUST be called by the holder of the folder's lock only: it removes the socket of a server that died. Undefined where there
   * can be none, which is logged: the server is of use without.
   */
  static open(dataFolder: string, runner: OperatorRunner): ControlSocket | undefined {
    if (Deno.build.os === "windows") return undefined;
    const path = controlSocketPath(dataFolder);
    try {
      removeQuietly(path);
      using way = new ControlPath(dataFolder);
      const listener = Deno.listen({ transport: "unix", path: way.path });
      // Made 0700 by the umask; nobody can have come in through the folder in between.
      Deno.chmodSync(path, 0o600);
      return new ControlSocket(listener, path, runner);
    } catch (error) {
      // A file system without sockets, or no temporary folder for a link.
      log.warn("no control socket", { reason: describeError(error) });
      return undefined;
    }
  }

  /** Ends what is under way. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    await this.#accepting;
    await Promise.all(this.#serving);
    removeQuietly(this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(runner: OperatorRunner): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        this.#open.add(connection);
        const serving = serve(connection, runner).finally(() => {
          this.#open.delete(connection);
          this.#serving.delete(serving);
          closeQuietly(connection);
        });
        this.#serving.add(serving);
      }
    } catch (error) {
      // The server goes on; verbs say that it cannot be asked.
      log.error("control socket failed", { reason: describeError(error) });
    }
  }
}

/** Answers line by line until the other side ends. */
async function serve(connection: Deno.UnixConn, runner: OperatorRunner): Promise<void> {
  const requests = new ControlLines(connection);
  try {
    for (;;) {
      const line = await requests.next();
      if (line === undefined) return;
      const { lines, afterwards } = await answerControl(runner, line);
      const bytes = utf8(lines.map((answer) => `${JSON.stringify(answer)}\n`).join(""));
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      afterwards?.();
    }
  } catch (error) {
    // The caller has gone, or the socket is being closed.
    log.debug("control connection ended", { reason: describeError(error) });
  }
}

function closeQuietly(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch (error) {
    // Closed already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
