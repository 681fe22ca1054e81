/**
 * The way to a running server for its own user on its own machine: a unix socket in the data folder, 0600 in a folder of
 * 0700 (SR-57). Windows has none; a server there is spoken to on its own terminal.
 */

import { describeError } from "../base/errors.ts";
import { utf8 } from "../base/bytes.ts";
import { logger } from "../base/log.ts";
import { UnixServer, writeWhole } from "../net/unix_server.ts";
import type { OperatorRunner } from "./operator_runner.ts";
import { answerControl } from "./control_commands.ts";
import { ControlLines } from "./control_line.ts";
import { ControlPath, controlSocketPath } from "./control_path.ts";
import { removeQuietly } from "./state_file.ts";

const log = logger("server", "operator");

/** Owns the socket and the connections over it. */
export class ControlSocket implements AsyncDisposable {
  readonly #path: string;
  readonly #server: UnixServer;

  private constructor(listener: Deno.UnixListener, path: string, runner: OperatorRunner) {
    this.#path = path;
    this.#server = new UnixServer(listener, {
      serve: (connection) => serve(connection, runner),
      // The server goes on; verbs say that it cannot be asked.
      onFailed: (error) => log.error("control socket failed", { reason: describeError(error) }),
    });
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
    await this.#server.close();
    removeQuietly(this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
      const text = lines.map((answer) => `${JSON.stringify(answer)}\n`).join("");
      await writeWhole(connection, utf8(text));
      afterwards?.();
    }
  } catch (error) {
    // The caller has gone, or the socket is being closed.
    log.debug("control connection ended", { reason: describeError(error) });
  }
}
