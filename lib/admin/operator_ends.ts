/** Where others reach the process that serves: control socket, console, health and metrics, the supervisor. */

import { utf8 } from "../base/bytes.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { UnixServer, writeWhole } from "../net/streams/unix_server.ts";
import { type HealthRenewal, HealthServer } from "../server/health/health_server.ts";
import type { Server } from "../server/server.ts";
import type { AdminIo } from "./admin_io.ts";
import { simulatedLine } from "./announcement.ts";
import { OwnConsole } from "./console/own_console.ts";
import { answerControl } from "./control_commands.ts";
import { ControlLines } from "./control_line.ts";
import { ControlPath, controlSocketPath } from "./control_path.ts";
import { readCredentials } from "./metrics_settings.ts";
import type { Controls } from "./operator_row.ts";
import { OperatorRunner } from "./operator_runner.ts";
import { handedOnAddress } from "./restart.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { removeQuietly } from "./state_file.ts";
import { Supervisor, type SupervisorNews } from "./supervisor.ts";

/** Opened once the server holds its folder's lock, closed before it lets go of it. */
export class OperatorEnds implements AsyncDisposable {
  readonly #socket: ControlSocket | undefined;
  readonly #runner: OperatorRunner;
  readonly #supervisor: Supervisor;
  #console: OwnConsole | undefined;
  #health: HealthServer | undefined;

  /** Opens the control socket, and the way to the supervisor. */
  constructor(
    io: AdminIo,
    server: Server,
    { server: { dataFolder } }: ServeSettings,
    controls: Controls,
  ) {
    this.#supervisor = Supervisor.open(io, dataFolder);
    this.#runner = new OperatorRunner(server.operator, controls);
    this.#socket = ControlSocket.open(dataFolder, this.#runner);
    server.followRecord({ isTold: this.#socket !== undefined });
  }

  /** Shows health and metrics, when the settings want that. Throws UsageError, StorageError, TransportError. */
  async openHealth(io: AdminIo, server: Server, { metrics }: ServeSettings): Promise<void> {
    if (metrics.address === undefined) return;
    const credentials = () => readCredentials(metrics, server.certificate?.shown);
    this.#health = await HealthServer.open(metrics.address, this.#runner.operator, {
      clock: io.clock,
      credentials,
    });
  }

  /** Reads what guards them again. Undefined where they are shown without TLS, or not at all. Throws as `openHealth`. */
  renewHealth(): Promise<HealthRenewal | undefined> {
    return this.#health?.renew() ?? Promise.resolve(undefined);
  }

  /** See `Supervisor`. */
  tell(news: SupervisorNews): void {
    this.#supervisor.tell(news);
  }

  /** Opens the console, when the settings want one and there is a terminal. `onInterrupt` is ctrl-C. */
  async openConsole(io: AdminIo, settings: ServeSettings, onInterrupt: () => void): Promise<void> {
    if (!settings.takesConsole) return;
    const { dataFolder: folder } = settings.server;
    const afterRestart = handedOnAddress(io) !== undefined;
    const simulated = simulatedLine(settings);
    const options = { io, folder, runner: this.#runner, onInterrupt, afterRestart, simulated };
    this.#console = await OwnConsole.find(options);
  }

  /** Shows a log line on the console; false without one. */
  log(line: string): boolean {
    return this.#console?.log(line) ?? false;
  }

  /** The terminal is given back first: ctrl-C must be a signal again, which ends a long drain. Closing twice is fine. */
  async close(): Promise<void> {
    this.tell("STOPPING=1");
    await this.#console?.close();
    await this.#health?.close();
    await this.#socket?.close();
    await this.#supervisor.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// The way to a running server for its own user on its own machine: a unix socket in the data folder, 0600 in a folder of
// 0700 (SR-57). Windows has none; a server there is spoken to on its own terminal.

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
  const say = (lines: readonly object[]) =>
    writeWhole(connection, utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
  try {
    for (;;) {
      const line = await requests.next();
      if (line === undefined) return;
      const { lines, afterwards } = await answerControl(runner, line, say);
      await say(lines);
      afterwards?.();
    }
  } catch (error) {
    // The caller has gone, or the socket is being closed.
    log.debug("control connection ended", { reason: describeError(error) });
  }
}
