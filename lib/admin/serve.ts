/** `serve`: runs a server until a signal or its console ends it. */

import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { startLogging } from "../server/logging.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { openServer } from "./open_server.ts";
import { OperatorEnds } from "./operator_ends.ts";
import { reload, type Reloadable, reloadQuietly } from "./reload.ts";
import { readServeSettings } from "./serve_settings.ts";
import { StopSignals } from "./stop_signals.ts";

const log = logger("server");

/** Returns 0 after a graceful end. Throws what `Server.open` throws. */
export async function serve(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const settings = readServeSettings(io, values);
  let reloadable: Reloadable | undefined;
  let ends: OperatorEnds | undefined;
  const started = startLogging({
    format: settings.logFormat,
    level: "info",
    write: (line) => ends?.log(line) || io.log(line),
  });
  const startedMs = io.clock.nowMs();
  const onSecond = () => {
    withdraw(settings);
    Deno.exit(EXIT.terminated);
  };
  // On a terminal SIGHUP says that it was closed.
  using signals = new StopSignals(
    onSecond,
    io.isAttended ? undefined : () => reloadQuietly(reloadable),
  );
  const server = reloadable = await openServer(settings.server);
  try {
    ends = new OperatorEnds(server, settings, {
      get logLevel() {
        return started.level;
      },
      setLogLevel: (level) => started.setLevel(level),
      reload: () => reload(server),
      stop: () => signals.stop("console"),
    });
    await announce(io, { settings, server, startedMs });
    await ends.openConsole(io, settings, () => signals.stop("ctrl-C"));
    const why = await signals.first;
    log.info("server.stop", { why, connections: server.connections });
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    // While the folder's lock is held still: the next server's socket must not be removed.
    await ends?.close();
    await server.close();
  }
  log.info("server.stopped");
  return EXIT.done;
}
