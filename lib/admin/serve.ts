/** `serve`: runs a server until a signal, its console or one of its owners ends it, or it cannot go on. */

import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { startLogging } from "../server/config/logging.ts";
import { variableOf } from "../server/config/settings.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { explainFailure } from "./failure_words.ts";
import { openServer } from "./open_server.ts";
import { OperatorEnds } from "./operator_ends.ts";
import { Reloader } from "./reload.ts";
import { startAgain } from "./restart.ts";
import {
  readFirstSettings,
  readServeSettings,
  type ServeSettings,
  warnOfPlaces,
} from "./serve_settings.ts";
import { StopSignals } from "./stop_signals.ts";

const log = logger("server");

/**
 * Returns 0 after a graceful end. Throws what `Server.open` and `Server.failed` throw; with a log of JSON that is a line of it, and
 * its exit code is returned: whoever collects it reads one format from one stream.
 */
export async function serve(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  let format = values.option("--log-format") ?? io.env(variableOf("log-format"));
  try {
    return await serveUntilEnd(io, values, (settings) => format = settings.logFormat);
  } catch (error) {
    if (format !== "json") throw error;
    const { text, exit } = explainFailure(error);
    startLogging({ format, level: "error", write: (line) => io.log(line) });
    log.error("server.failed", { reason: text, exit });
    return exit;
  }
}

async function serveUntilEnd(
  io: AdminIo,
  values: CommandValues,
  onSettings: (settings: ServeSettings) => void,
): Promise<ExitCode> {
  const settings = await readFirstSettings(io, values);
  onSettings(settings);
  const read = () => readServeSettings(io, values);
  const { kind, address } = await serveOnce(io, settings, read);
  if (kind === "stop") return EXIT.done;
  const { isSupervised } = settings;
  return await startAgain(io, { isSupervised, address });
}

/** From opened to closed. Says how it ended, and where it listened. */
async function serveOnce(io: AdminIo, settings: ServeSettings, read: () => ServeSettings) {
  let reloader: Reloader | undefined;
  let ends: OperatorEnds | undefined;
  const started = startLogging({
    format: settings.logFormat,
    level: settings.logLevel,
    addresses: settings.logsAddresses,
    write: (line) => ends?.log(line) || io.log(line),
  });
  const startedMs = io.clock.nowMs();
  const onSecond = () => {
    withdraw(settings);
    Deno.exit(EXIT.terminated);
  };
  const onHangUp = () => reloader?.runQuietly((news) => ends?.tell(news));
  // On a terminal SIGHUP says that it was closed.
  using signals = new StopSignals(io.clock, onSecond, io.isAttended ? undefined : onHangUp);
  await warnOfPlaces(settings);
  const server = await openServer(settings.server);
  const renewHealth = () => ends?.renewHealth() ?? Promise.resolve(undefined);
  const reloading = reloader = new Reloader(server, { settings, read, log: started, renewHealth });
  const { address, parts: { ending } } = server;
  let ended: { kind: "stop" | "restart"; reason: string } | undefined;
  try {
    ends = new OperatorEnds(io, server, settings, {
      get logLevel() {
        return started.level;
      },
      setLogLevel: (level) => started.setLevel(level),
      reload: () => reloading.run(),
      stop: () => signals.stop("console"),
    });
    await ends.openHealth(io, server, settings);
    await announce(io, { settings, server, startedMs });
    ends.tell("READY=1");
    await ends.openConsole(io, settings, () => signals.stop("ctrl-C"));
    const signalled = signals.first.then((why) => ({ kind: "stop", reason: "", why } as const));
    const end = await Promise.race([signalled, ending.due, server.failed()]);
    ended = end;
    const why = "why" in end ? end.why : "ordered";
    log.info("server.stop", { kind: end.kind, why, connections: server.connections });
    return { kind: end.kind, address };
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    // While the folder's lock is held still: the next server's socket must not be removed.
    await ends?.close();
    await server.close(ended);
    log.info("server.stopped");
  }
}
