/** `serve`: runs a server until a signal, its console or one of its owners ends it, or it cannot go on. */

import { logger } from "../base/log.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { startLogging } from "../server/config/logging.ts";
import { type Setting, SETTINGS, variableOf } from "../server/config/settings.ts";
import type { AdminIo } from "./admin_io.ts";
import { announce, withdraw } from "./announcement.ts";
import { explainFailure } from "./failure_words.ts";
import { OperatorEnds } from "./operator_ends.ts";
import { Reloader } from "./reload.ts";
import { startAgain } from "./restart.ts";
import {
  readFirstSettings,
  readServeSettings,
  type ServeSettings,
  SIMULATE_OPTION,
  warnOfPlaces,
} from "./serve_settings.ts";
import { ENDS_WITH_INPUT } from "../terminal/programs/run_again.ts";
import { isWorker } from "./worker_settings.ts";
import { untilLeft, Workers } from "./workers.ts";
import { StopSignals } from "./stop_signals.ts";
import { describeError, TransportError } from "../base/errors.ts";
import { formatHostPort } from "../net/addresses/address.ts";
import { Server } from "../server/server.ts";
import type { ServerOptions } from "../server/config/server_options.ts";
import { findFreePort } from "../net/addresses/reachable.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import type { AdminCommand } from "./admin_command.ts";
import { CONFIG_OPTION } from "./config_verbs.ts";

// Opening a server, with words for a person whose port is taken.

const log = logger("server");

/**
 * Returns 0 after a graceful end. Throws what `Server.open` and `Server.failed` throw; with a log of JSON that is a line of it, and
 * its exit code is returned: whoever collects it reads one format from one stream.
 */
async function serve(io: AdminIo, values: CommandValues): Promise<ExitCode> {
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

/** Who has started this process and takes it along when it ends, however it ends: the first of several, or a client's demo. */
function findOwner(io: AdminIo): string | undefined {
  if (isWorker(io)) return "first process";
  return io.env(ENDS_WITH_INPUT) === undefined ? undefined : "parent process";
}

/** From opened to closed. Says how it ended, and where it listened. */
async function serveOnce(io: AdminIo, settings: ServeSettings, read: () => ServeSettings) {
  let reloader: Reloader | undefined;
  let ends: OperatorEnds | undefined;
  let workers: Workers | undefined;
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
  const onHangUp = () => {
    workers?.reload();
    reloader?.runQuietly((news) => ends?.tell(news));
  };
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
      reload: () => {
        workers?.reload();
        return reloading.run();
      },
      stop: () => signals.stop("console"),
    });
    await ends.openHealth(io, server, settings);
    await announce(io, { settings, server, startedMs });
    if (settings.workers > 1) {
      workers = new Workers(io, { ...settings.server, count: settings.workers, address });
    }
    ends.tell("READY=1");
    await ends.openConsole(io, settings, () => signals.stop("ctrl-C"));
    const signalled = signals.first.then((why) => ({ kind: "stop", reason: "", why } as const));
    const owner = findOwner(io);
    const left = owner === undefined
      ? []
      : [untilLeft(io).then(() => ({ kind: "stop", reason: "", why: owner } as const))];
    const end = await Promise.race([signalled, ending.due, server.failed(), ...left]);
    ended = end;
    const why = "why" in end ? end.why : "ordered";
    log.info("server.stop", { kind: end.kind, why, connections: server.connections });
    return { kind: end.kind, address };
  } finally {
    // Before the drain: whoever looks now must not find a server that takes nobody any more.
    withdraw(settings);
    // While the folder's lock is held still: the next server's socket must not be removed.
    await ends?.close();
    await Promise.all([server.close(ended), workers?.close()]);
    log.info("server.stopped");
  }
}

/** What another port may mend. */
const PORT_FAILURES: readonly string[] = ["address-in-use", "permission-denied"];

/** Row S1.07, each cause in its own words. */
const TRY_ANOTHER = "Try a different port!";

/** `Server.open`; when the port cannot be had, with what to do, and one that is free. */
async function openServer(options: ServerOptions): Promise<Server> {
  try {
    return await Server.open(options);
  } catch (error) {
    if (!(error instanceof TransportError) || !PORT_FAILURES.includes(error.code)) throw error;
    log.debug("cannot listen", { reason: describeError(error.cause) });
    const free = findFreePort(options.listen);
    const hint = free === undefined ? "" : ` This one is free: --listen ${formatHostPort(free)}`;
    const message = `${error.message}. ${TRY_ANOTHER}${hint}`;
    throw new TransportError(error.code, message, { cause: error });
  }
}

function optionOf({ key, valueName, summary, type }: Setting): OptionSpec {
  const choices = type.is === "choice" ? { choices: type.choices } : {};
  return { flag: `--${key}`, summary, ...choices, ...(valueName && { valueName }) };
}

/** No setting: `listen` has it. */
const PORT_OPTION: OptionSpec = {
  flag: "--port",
  valueName: "PORT",
  summary: "the same as PORT; with --listen HOST on that address only",
};

/** The verb. Its other options are the settings. */
export const SERVE: AdminCommand = {
  name: "serve",
  group: "Server",
  summary: "run the server until a signal ends it",
  details:
    "Prints its address, its fingerprint and an invite once it accepts connections. Logs go to standard error. On a terminal " +
    "it also takes the commands of 'heliograph-server console'. " +
    "SIGHUP reads certificate and configuration again, unless standard input is a terminal. SIGTERM and ctrl-C tell the clients, wait up to ten seconds for them, and end with 0; a second signal ends at once.",
  arguments: [
    { name: "PORT", summary: "port on all addresses, 0 for any free one", required: false },
    { name: "ATTEMPTS", summary: "the same as --login-attempts", required: false },
  ],
  options: [CONFIG_OPTION, PORT_OPTION, SIMULATE_OPTION, ...SETTINGS.map(optionOf)],
  examples: [
    { line: "serve", summary: "on port 9797 of all addresses" },
    { line: "serve 4000 3", summary: "on port 4000, with three attempts to sign in" },
    {
      line: "serve --listen 127.0.0.1:0 --ready-file ready.json",
      summary: "for this machine only, on any free port",
    },
  ],
  exitCodes: [5, 7, 10, 11, 75],
  run: serve,
};
