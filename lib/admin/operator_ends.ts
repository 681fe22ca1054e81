/** Where others reach the process that serves: control socket, console, health and metrics, the supervisor. */

import { type HealthRenewal, HealthServer } from "../server/health/health_server.ts";
import type { Server } from "../server/server.ts";
import type { AdminIo } from "./admin_io.ts";
import type { Controls } from "./operator_row.ts";
import { OperatorRunner } from "./operator_runner.ts";
import { OwnConsole } from "./console/own_console.ts";
import { simulatedLine } from "./announcement.ts";
import { ControlSocket } from "./control_socket.ts";
import { handedOnAddress } from "./restart.ts";
import { readCredentials } from "./metrics_settings.ts";
import type { ServeSettings } from "./serve_settings.ts";
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
