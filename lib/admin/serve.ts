/** `serve`: runs a server until a signal ends it. */

import { TransportError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatHostPort } from "../net/address.ts";
import { startLogging } from "../server/logging.ts";
import { Server } from "../server/server.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { findFreePort } from "./reachable.ts";
import { readServeSettings, type ServeSettings } from "./serve_settings.ts";
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
  const server = await open(settings);
  try {
    await announce(io, { settings, server, startedMs });
    const signal = await signals.first;
    log.info("server.stop", { signal, connections: server.connections });
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    await server.close();
  }
  log.info("server.stopped");
  return EXIT.done;
}

/** `Server.open`; when the port is taken, with one that is free. */
async function open({ server }: ServeSettings): Promise<Server> {
  try {
    return await Server.open(server);
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "address-in-use") throw error;
    const free = findFreePort(server.listen);
    if (free === undefined) throw error;
    const message = `${error.message}. This one is free: --listen ${formatHostPort(free)}`;
    throw new TransportError(error.code, message, { cause: error });
  }
}
