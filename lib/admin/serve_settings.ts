/** From the arguments of `serve` to the options of a server. */

import { isOpenName } from "../crypto/room/entry.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MOTD_MAX_LENGTH } from "../protocol/hop/server.ts";
import { parseAccountName } from "../base/account_name.ts";
import { describeError, UsageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { DEFAULT_PORT, type HostPort, parseHostPort } from "../net/address.ts";
import { parseAddressList } from "../net/address_list.ts";
import { parseLineSimulation } from "../net/line_simulation.ts";
import { LOG_LEVELS, type LogLevel } from "../base/log.ts";
import type { LogFormat } from "../server/config/logging.ts";
import type { ServerOptions } from "../server/config/server_options.ts";
import { type MetricsSettings, readMetricsSettings } from "./metrics_settings.ts";
import {
  canWait,
  describeProblem,
  placeProblems,
  requireRight,
  valueProblems,
} from "./setting_checks.ts";
import type { SettingProblem } from "./setting_problem.ts";
import { Settings } from "./settings.ts";
import { handedOnAddress } from "./restart.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";

const log = logger("admin", "serve");

/** What `serve` was asked for, checked. */
export interface ServeSettings {
  readonly server: ServerOptions;
  readonly readyFile: string | undefined;
  /** Where health and metrics are shown, and the files of what they are guarded with. */
  readonly metrics: MetricsSettings;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** Whether the log says from where people connect. */
  readonly logsAddresses: boolean;
  /** All of them as they were set, to be compared when they are read again. */
  readonly made: Settings;
  /** Whether to take commands from the terminal, where there is one. */
  readonly takesConsole: boolean;
  /** Whether something starts the server again when it ends with the exit code for that. */
  readonly isSupervised: boolean;
}

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_LOCK_SECONDS = 60;
/** Pictures that were extracted before: about an hour of 1080p, or six of 240p. */
const FRAME_QUOTA_BYTES = 4 * 2 ** 30;
/** With 10,000 idle clients the server takes about 250 MB. */
const MAX_CONNECTIONS = 10_000;
/** A limit on messages lets through at once what it gives back in so long. */
const BURST_SECONDS = 40;
/** Where there are hardly any descriptors, trying is better than refusing everybody. */
const LEAST_CONNECTIONS = 32;
/** Descriptors for database, videos, ffmpeg, standard streams. */
const OTHER_DESCRIPTORS = 200;
/** What uploads may have of the others: the rest is for connections. */
const SPOOL_SHARE = 1 / 4;
const SPOOL_DESCRIPTORS = 4096;
const LEAST_SPOOL_DESCRIPTORS = 16;
/** What a process has at least, where it cannot be asked. */
const COMMON_DESCRIPTORS = 1024;

/** No setting: nobody's server stays slow by a file that was forgotten. */
export const SIMULATE_OPTION: OptionSpec = {
  flag: "--simulate",
  valueName: "LINE",
  summary:
    "simulate a worse line to every client, e.g. rate=256k,rtt=300ms,loss=2%: for tests and reports",
};

/** Throws UsageError for what cannot be meant, StorageError without a home folder. */
export function readServeSettings(io: AdminIo, values: CommandValues): ServeSettings {
  const made = Settings.read(io, { config: values.option("--config"), values });
  const { settings, problems } = chooseServeSettings(io, made, values);
  requireRight(made, problems);
  return settings;
}

/** Of a start: what they name must be there, too, but for what can come later. Throws as `readServeSettings`. */
export async function readFirstSettings(
  io: AdminIo,
  values: CommandValues,
): Promise<ServeSettings> {
  const settings = readServeSettings(io, values);
  const { made } = settings;
  const problems = await placeProblems(settings);
  requireRight(made, problems.filter((problem) => !canWait(made, problem)));
  return settings;
}

/** Into the log: what they name and is not there, and may come later. */
export async function warnOfPlaces(settings: ServeSettings): Promise<void> {
  for (const problem of await placeProblems(settings)) {
    log.warn("setting cannot be used yet", { reason: describeProblem(settings.made, problem) });
  }
}

/**
 * What `serve` would be asked for, and what is wrong with it though each value is right. Without `values` it is a `serve`
 * without options. Throws UsageError for options that are wrong, StorageError without a home folder.
 */
export function chooseServeSettings(
  io: AdminIo,
  made: Settings,
  values?: CommandValues,
): { settings: ServeSettings; problems: readonly SettingProblem[] } {
  const data = dataFolder(io, made.text("data"));
  const listen = readListen(values, made, handedOnAddress(io));
  const tls = made.text("tls") === "off" ? "off" : "auto";
  const metrics = readMetricsSettings(io, made);
  const problems = valueProblems({ listen, tls, metrics });
  const attempts = values?.argument("ATTEMPTS");
  const simulation = values?.option(SIMULATE_OPTION.flag);
  const [readyFile, ffmpeg, registration, publicAddress] = [
    "ready-file",
    "ffmpeg",
    "registration",
    "public-address",
  ].map((key) => made.text(key));
  const settings: ServeSettings = {
    server: {
      dataFolder: data,
      // Beside the data when that was chosen: two servers never share one.
      cacheFolder: made.get("data") === undefined ? serverFolders(io).cache : join(data, "cache"),
      videoFolder: videoFolder(io, made.text("videos"), data),
      listen,
      tls,
      ...readProxies(made.text("proxies")),
      ...(simulation === undefined ? {} : { simulate: parseLineSimulation(simulation) }),
      // The choices are checked.
      registration: registration === "invite" || registration === "closed" ? registration : "open",
      ...(publicAddress === undefined ? {} : { publicAddress }),
      ...readInvites(made.text("invites")),
      loginAttempts: readCount(
        attempts === undefined ? "--login-attempts" : "ATTEMPTS",
        attempts ?? made.text("login-attempts"),
        { least: 1, most: 1000, otherwise: DEFAULT_ATTEMPTS },
      ),
      lockSeconds: readCount("--lock-seconds", made.text("lock-seconds"), {
        least: 1,
        most: 900,
        otherwise: DEFAULT_LOCK_SECONDS,
      }),
      ...readMotd(made.text("motd")),
      ...readLobby(made.text("lobby")),
      ...readOwner(made.text("owner")),
      ...readMessageRate(made.text("message-rate")),
      ...readRegistrationRate(made.text("registration-rate")),
      ...(made.text("rendezvous") === "off" ? { rendezvous: "off" as const } : {}),
      ffmpegPath: ffmpeg === undefined ? undefined : resolvePath(io, ffmpeg),
      frameQuotaBytes: FRAME_QUOTA_BYTES,
      ...shareDescriptors(descriptorLimit() - OTHER_DESCRIPTORS),
      clock: io.clock,
      random: io.random,
    },
    made,
    metrics,
    readyFile: readyFile === undefined ? undefined : resolvePath(io, readyFile),
    logFormat: made.text("log-format") === "json" ? "json" : "text",
    logLevel: LOG_LEVELS.find((level) => level === made.text("log-level")) ?? "info",
    logsAddresses: made.isOn("log-addresses"),
    takesConsole: !made.isOn("no-console"),
    isSupervised: made.isOn("supervised") || handedOnAddress(io) !== undefined,
  };
  return { settings, problems };
}

/** Throws UsageError. */
function readProxies(text: string | undefined): Pick<ServerOptions, "proxies"> {
  if (text === undefined) return {};
  const parsed = parseAddressList(text);
  if (parsed.ok) return { proxies: parsed.list };
  const words =
    `Cannot use --proxies: ${parsed.wrong} is not an address or a network of at least 8 bits`;
  throw new UsageError("bad-address", words);
}

/** Throws UsageError for more than fits. */
function readMotd(motd: string | undefined): Pick<ServerOptions, "motd"> {
  if (motd === undefined) return {};
  if (motd.length <= MOTD_MAX_LENGTH) return { motd };
  const words = `Cannot use --motd: it has more than ${MOTD_MAX_LENGTH} characters`;
  throw new UsageError("bad-motd", words);
}

/** Throws UsageError for what no open room is called. */
function readLobby(lobby: string | undefined): Pick<ServerOptions, "lobby"> {
  if (lobby === undefined) return {};
  if (isOpenName(lobby) || /^[1-9][0-9]{0,8}$/.test(lobby)) return { lobby };
  const words = "Cannot use --lobby: name an open room, such as lobby, or its number";
  throw new UsageError("bad-lobby", words);
}

/** Nobody becomes owner by chance: only a name that the operator wrote. */
function readOwner(name: string | undefined): Pick<ServerOptions, "owner"> {
  if (name === undefined) return {};
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", `Cannot use --owner: ${parsed.message}`);
  return { owner: parsed.id };
}

function readMessageRate(text: string | undefined): Pick<ServerOptions, "messageRate"> {
  if (text === undefined) return {};
  const perSecond = readCount("--message-rate", text, { least: 1, most: 1_000_000, otherwise: 1 });
  return { messageRate: { perSecond, burst: BURST_SECONDS * perSecond } };
}

function readInvites(text: string | undefined): Pick<ServerOptions, "invites"> {
  if (text === undefined) return {};
  return { invites: readCount("--invites", text, { least: 0, most: 1000, otherwise: 0 }) };
}

function readRegistrationRate(text: string | undefined): Pick<ServerOptions, "registrationRate"> {
  if (text === undefined) return {};
  const burst = readCount("--registration-rate", text, { least: 1, most: 1_000_000, otherwise: 1 });
  return { registrationRate: { burst, perSecond: burst / 3600 } };
}

/** A port that was any free one stays the one that it was when the server starts again. */
function readListen(
  values: CommandValues | undefined,
  made: Settings,
  handedOn: HostPort | undefined,
) {
  const given = values?.argument("PORT");
  const port = given ?? values?.option("--port");
  const listen = made.text("listen");
  const address = parseHostPort(listen ?? `0.0.0.0:${DEFAULT_PORT}`);
  if (address === undefined) {
    throw new UsageError("bad-address", `Cannot listen on ${listen}: it is not HOST:PORT`);
  }
  // The seeds' form, with the port alone; beside --listen it would have to be guessed which one holds.
  if (given !== undefined && (values?.has("--listen") || values?.has("--port"))) {
    const other = values.has("--listen") ? "--listen" : "--port";
    throw new UsageError("bad-address", `Cannot listen: give PORT or ${other}, not both`);
  }
  const range = { least: 0, most: 65_535, otherwise: address.port };
  const number = readCount("PORT", port, range);
  return { ...address, port: number === 0 ? handedOn?.port ?? 0 : number };
}

/** A whole number of the command line. */
export function readCount(
  name: string,
  text: string | undefined,
  range: { least: number; most: number; otherwise: number },
): number {
  if (text === undefined) return range.otherwise;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= range.least && number <= range.most) return number;
  throw new UsageError(
    "bad-number",
    `Cannot use ${name} ${text}: allowed are ${range.least} to ${range.most}`,
  );
}

/**
 * `Available_videos/` where the server is started, as the seed has it (row S4.10); `videos/` of the project when the server runs
 * out of it; else beside the data: never a person's own by chance.
 */
function videoFolder(io: AdminIo, given: string | undefined, data: string): string {
  if (given !== undefined) return resolvePath(io, given);
  const ofSeed = resolvePath(io, "Available_videos");
  if (existsSync(ofSeed)) return ofSeed;
  const own = io.programFolder && join(io.programFolder, "videos");
  return own !== undefined && existsSync(own) ? own : join(data, "videos");
}

function shareDescriptors(
  descriptors: number,
): Pick<ServerOptions, "maxConnections" | "spoolDescriptors"> {
  const share = Math.floor(descriptors * SPOOL_SHARE);
  const spoolDescriptors = Math.max(LEAST_SPOOL_DESCRIPTORS, Math.min(SPOOL_DESCRIPTORS, share));
  const maxConnections = Math.min(MAX_CONNECTIONS, descriptors - spoolDescriptors);
  return { spoolDescriptors, maxConnections: Math.max(LEAST_CONNECTIONS, maxConnections) };
}

/**
 * How many descriptors this process may have. Deno can neither read nor raise it (/proc/self/limits needs all permissions),
 * so a child tells: it has the same limit.
 */
function descriptorLimit(): number {
  if (Deno.build.os === "windows") return MAX_CONNECTIONS + OTHER_DESCRIPTORS;
  try {
    const { stdout } = new Deno.Command("/bin/sh", {
      args: ["-c", "ulimit -n"],
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const text = new TextDecoder().decode(stdout).trim();
    if (text === "unlimited") return MAX_CONNECTIONS + OTHER_DESCRIPTORS;
    return /^[1-9]\d{2,9}$/.test(text) ? Number(text) : COMMON_DESCRIPTORS;
  } catch (error) {
    log.warn("descriptor limit not known", { reason: describeError(error) });
    return COMMON_DESCRIPTORS;
  }
}
