/** `serve`: runs a server until a signal ends it. */

import { describeError, TransportError } from "../base/errors.ts";
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

/** What another port may mend. */
const PORT_FAILURES: readonly string[] = ["address-in-use", "permission-denied"];

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

/** Row S1.07, each cause in its own words. */
const TRY_ANOTHER = "Try a different port!";

/** `Server.open`; when the port cannot be had, with what to do, and one that is free. */
async function open({ server }: ServeSettings): Promise<Server> {
  try {
    return await Server.open(server);
  } catch (error) {
    if (!(error instanceof TransportError) || !PORT_FAILURES.includes(error.code)) throw error;
    log.debug("cannot listen", { reason: describeError(error.cause) });
    const free = findFreePort(server.listen);
    const hint = free === undefined ? "" : ` This one is free: --listen ${formatHostPort(free)}`;
    const message = `${error.message}. ${TRY_ANOTHER}${hint}`;
    throw new TransportError(error.code, message, { cause: error });
  }
}
