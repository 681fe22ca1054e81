/** `serve`: runs a server until a signal or its console ends it. */

import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { startLogging } from "../server/logging.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { ConsoleRunner } from "./console/console_runner.ts";
import { findConsole } from "./console/find_console.ts";
import { ControlSocket } from "./control_socket.ts";
import { openServer } from "./open_server.ts";
import { readServeSettings } from "./serve_settings.ts";
import { StopSignals } from "./stop_signals.ts";

const log = logger("server");

/** Returns 0 after a graceful end. Throws what `Server.open` throws. */
export async function serve(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const settings = readServeSettings(io, values);
  let own: Awaited<ReturnType<typeof findConsole>>;
  const started = startLogging({
    format: settings.logFormat,
    level: "info",
    write: (line) => own?.log(line) || io.log(line),
  });
  const startedMs = io.clock.nowMs();
  using signals = new StopSignals(() => {
    withdraw(settings);
    Deno.exit(EXIT.terminated);
  });
  const server = await openServer(settings.server);
  const runner = new ConsoleRunner(server.operator, {
    get logLevel() {
      return started.level;
    },
    setLogLevel: (level) => started.setLevel(level),
    stop: () => signals.stop("console"),
  });
  const control = ControlSocket.open(settings.server.dataFolder, runner);
  try {
    await announce(io, { settings, server, startedMs });
    if (settings.takesConsole) {
      const { dataFolder } = settings.server;
      own = await findConsole(io, {
        dataFolder,
        runner,
        onInterrupt: () => signals.stop("ctrl-C"),
      });
    }
    const why = await signals.first;
    log.info("server.stop", { why, connections: server.connections });
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    // The terminal is given back first: ctrl-C must be a signal again, which ends a long drain.
    await own?.close();
    // While the folder's lock is held still: the next server's socket must not be removed.
    await control?.close();
    await server.close();
  }
  log.info("server.stopped");
  return EXIT.done;
}
