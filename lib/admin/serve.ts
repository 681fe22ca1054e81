/** `serve`: runs a server until a signal ends it. */

import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { startLogging } from "../server/logging.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { ControlSocket } from "./control_socket.ts";
import { openServer } from "./open_server.ts";
import { readServeSettings } from "./serve_settings.ts";
import { StopSignals } from "./stop_signals.ts";

const log = logger("server");

/** Returns 0 after a graceful end. Throws what `Server.open` throws. */
export async function serve(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const settings = readServeSettings(io, values);
  startLogging({ format: settings.logFormat, level: "info", write: (line) => io.log(line) });
  const startedMs = io.clock.nowMs();
  using signals = new StopSignals(() => {
    withdraw(settings);
    Deno.exit(EXIT.terminated);
  });
  const server = await openServer(settings.server);
  const control = ControlSocket.open(settings.server.dataFolder, server.operator);
  try {
    await announce(io, { settings, server, startedMs });
    const signal = await signals.first;
    log.info("server.stop", { signal, connections: server.connections });
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    // While the folder's lock is held still: the next server's socket must not be removed.
    await control?.close();
    await server.close();
  }
  log.info("server.stopped");
  return EXIT.done;
}
