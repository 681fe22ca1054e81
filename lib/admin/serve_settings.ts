/** From the arguments of `serve` to the options of a server. */

import { isOpenName } from "../crypto/room/entry_layouts.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseAccountName } from "../base/account_name.ts";
import { describeError, UsageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { DEFAULT_PORT, type HostPort, parseHostPort } from "../net/addresses/address.ts";
import { type AddressList, parseAddressList } from "../net/addresses/address_list.ts";
import type { AccountId } from "../base/ids.ts";
import type { RateLimit } from "../base/rate.ts";
import { parseLineSimulation } from "../net/streams/line_simulation.ts";
import { LOG_LEVELS, type LogLevel } from "../base/log.ts";
import type { LogFormat } from "../server/config/logging.ts";
import type { ServerOptions } from "../server/config/server_options.ts";
import { type ChosenBus, parseBusUrl } from "../server/config/bus_url.ts";
import { parseSpoolPlace, type SpoolChoice } from "../server/config/spool_url.ts";
import { parseStoreUrl, type StoreChoice } from "../server/config/store_url.ts";
import { type MetricsSettings, readMetricsSettings } from "./metrics_settings.ts";
import {
  canWait,
  describeProblem,
  nodeProblems,
  placeProblems,
  requireRight,
  spoolProblems,
  valueProblems,
} from "./setting_checks.ts";
import type { SettingProblem } from "./setting_problem.ts";
import { readCount, Settings } from "./settings.ts";
import { handedOnAddress } from "./restart.ts";
import { isWorker } from "./worker_settings.ts";
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
  /** Processes behind the port, this one included. */
  readonly workers: number;
}

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_LOCK_SECONDS = 60;
/** Pictures that were extracted before: about an hour of 1080p, or six of 240p. */
const DEFAULT_FRAME_QUOTA_MB = 4_000;
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
  const problems = [
    ...valueProblems({ listen, tls, metrics }),
    ...nodeProblems(made, io.os),
    ...spoolProblems(made),
  ];
  const simulation = values?.option(SIMULATE_OPTION.flag);
  const [readyFile, ffmpeg, registration, publicAddress] = [
    "ready-file",
    "ffmpeg",
    "registration",
    "public-address",
  ].map((key) => made.text(key));
  const workers = made.count("workers") ?? 1;
  const settings: ServeSettings = {
    server: {
      dataFolder: data,
      // Beside the data when that was chosen: two servers never share one.
      cacheFolder: made.get("data") === undefined ? serverFolders(io).cache : join(data, "cache"),
      videoFolder: videoFolder(io, made.text("videos"), data),
      listen,
      tls,
      // The choices are checked.
      registration: registration === "invite" || registration === "closed" ? registration : "open",
      loginAttempts: readCount("ATTEMPTS", values?.argument("ATTEMPTS"), {
        ...{ least: 1, most: 1000 },
        otherwise: made.count("login-attempts") ?? DEFAULT_ATTEMPTS,
      }),
      lockSeconds: made.count("lock-seconds") ?? DEFAULT_LOCK_SECONDS,
      ...chosen({
        store: readStore(io, made),
        spool: readSpool(io, made),
        bus: readBus(io, made),
        node: made.text("node"),
        sharesPort: isWorker(io) ? "later" as const : workers > 1 ? "first" as const : undefined,
        proxies: readProxies(made.text("proxies")),
        simulate: simulation === undefined ? undefined : parseLineSimulation(simulation),
        publicAddress,
        invites: made.count("invites"),
        motd: made.text("motd"),
        lobby: readLobby(made.text("lobby")),
        requests: made.text("requests") === "all" ? "all" as const : undefined,
        owner: readOwner(made.text("owner")),
        messageRate: rateOf(made.count("message-rate"), 1, BURST_SECONDS),
        registrationRate: rateOf(made.count("registration-rate"), 3600, 3600),
      }),
      ...(made.text("rendezvous") === "off" ? { rendezvous: "off" as const } : {}),
      ffmpegPath: ffmpeg === undefined ? undefined : resolvePath(io, ffmpeg),
      frameQuotaBytes: 1e6 * (made.count("frame-quota") ?? DEFAULT_FRAME_QUOTA_MB),
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
    workers,
  };
  return { settings, problems };
}

/** Without what nobody has chosen. */
function chosen<Chosen extends object>(options: Chosen): Chosen {
  // The cast: every option may be left out.
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Chosen;
}

/** So many in so many seconds; at once, what comes back in `burstSeconds`. */
function rateOf(
  count: number | undefined,
  seconds: number,
  burstSeconds: number,
): RateLimit | undefined {
  if (count === undefined) return undefined;
  return { perSecond: count / seconds, burst: count * burstSeconds / seconds };
}

function readStore(io: AdminIo, made: Settings): StoreChoice | undefined {
  const url = made.text("store");
  const parsed = url === undefined ? undefined : parseStoreUrl(url);
  if (url === undefined || parsed?.ok !== true) return undefined;
  const file = made.text("store-password-file");
  const passwordFile = file === undefined ? undefined : resolvePath(io, file);
  return { place: parsed.place, url, passwordFile };
}

function readSpool(io: AdminIo, made: Settings): SpoolChoice | undefined {
  const text = made.text("spool");
  const parsed = text === undefined ? undefined : parseSpoolPlace(text);
  if (parsed?.ok !== true) return undefined;
  const { place } = parsed;
  const file = made.text("spool-credentials-file");
  const credentialsFile = file === undefined ? undefined : resolvePath(io, file);
  if (place.kind === "s3") return { place, credentialsFile };
  return { place: { kind: "folder", path: resolvePath(io, place.path) }, credentialsFile };
}

function readBus(io: AdminIo, made: Settings): ChosenBus | undefined {
  const url = made.text("bus");
  if (url === undefined || url === "none") return url;
  const parsed = parseBusUrl(url);
  if (!parsed.ok) return undefined;
  const file = made.text("bus-password-file");
  const passwordFile = file === undefined ? undefined : resolvePath(io, file);
  return { place: parsed.place, passwordFile };
}

function readProxies(text: string | undefined): AddressList | undefined {
  const parsed = text === undefined ? undefined : parseAddressList(text);
  return parsed?.ok === true ? parsed.list : undefined;
}

/** Throws UsageError for what no open room is called. */
function readLobby(lobby: string | undefined): string | undefined {
  if (lobby === undefined || isOpenName(lobby) || /^[1-9][0-9]{0,8}$/.test(lobby)) return lobby;
  const words = "Cannot use --lobby: name an open room, such as lobby, or its number";
  throw new UsageError("bad-lobby", words);
}

/** Nobody becomes owner by chance: only a name that the operator wrote. */
function readOwner(name: string | undefined): AccountId | undefined {
  const parsed = name === undefined ? undefined : parseAccountName(name);
  return parsed?.ok === true ? parsed.id : undefined;
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
  const address = parseHostPort(listen ?? "") ?? { host: "0.0.0.0", port: DEFAULT_PORT };
  // The seeds' form, with the port alone; beside --listen it would have to be guessed which one holds.
  if (given !== undefined && (values?.has("--listen") || values?.has("--port"))) {
    const other = values.has("--listen") ? "--listen" : "--port";
    throw new UsageError("bad-address", `Cannot listen: give PORT or ${other}, not both`);
  }
  const range = { least: 0, most: 65_535, otherwise: address.port };
  const number = readCount("PORT", port, range);
  return { ...address, port: number === 0 ? handedOn?.port ?? 0 : number };
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
