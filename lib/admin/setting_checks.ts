/**
 * What is wrong with settings that are right one by one: they do not go together, or what they name is not there. The same
 * for `serve` and `config check`, each with where the value comes from.
 */

import { dirname } from "node:path";
import { describeError, MediaError, UsageError } from "../base/errors.ts";
import { formatHostPort, type HostPort, isLoopback, parseIp } from "../net/addresses/address.ts";
import { Ffmpeg } from "../media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../media/ffmpeg/ffmpeg_locate.ts";
import { credentialProblems, metricsProblems, type MetricsSettings } from "./metrics_settings.ts";
import type { SettingProblem } from "./setting_problem.ts";
import type { Settings } from "./settings.ts";

/** Of what `serve` was asked for, what is looked at. */
export interface CheckedSettings {
  readonly made: Settings;
  readonly readyFile: string | undefined;
  readonly metrics: MetricsSettings;
  readonly server: {
    readonly listen: HostPort;
    readonly videoFolder: string;
    readonly ffmpegPath: string | undefined;
  };
}

/** Where a setting was made, and what is wrong with it, in one line. */
export function describeProblem(made: Settings, { key, message }: SettingProblem): string {
  const value = made.get(key);
  if (value === undefined) return message;
  if (value.line !== undefined) return `${value.source}: ${message}`;
  const [, name] = value.source.split(" ", 2);
  return `Cannot use ${name}: ${message}`;
}

/** Throws UsageError `bad-config` with every line, when there is any. */
export function requireRight(made: Settings, problems: readonly SettingProblem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map((problem) => describeProblem(made, problem));
  throw new UsageError("bad-config", lines.join("\n"));
}

/** What can be told from the values alone. */
export function valueProblems(
  { listen, tls, metrics }: {
    listen: HostPort;
    tls: "auto" | "off";
    metrics: MetricsSettings;
  },
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const isAbroad = parseIp(listen.host) !== undefined && !isLoopback(listen.host);
  if (tls === "off" && isAbroad) {
    const message = `tls can only be off on 127.0.0.1 and [::1], not on ${formatHostPort(listen)}`;
    problems.push({ key: "tls", message });
  }
  return [...problems, ...metricsProblems(metrics, tls)];
}

/** A bucket without what opens it, or that for a folder. */
export function spoolProblems(made: Pick<Settings, "text">): readonly SettingProblem[] {
  const isBucket = made.text("spool")?.startsWith("s3://") === true;
  const hasCredentials = made.text("spool-credentials-file") !== undefined;
  if (isBucket && !hasCredentials) {
    const message = "spool needs what opens the bucket: --spool-credentials-file FILE";
    return [{ key: "spool", message }];
  }
  if (!isBucket && hasCredentials) {
    const message = "spool-credentials-file needs a bucket: --spool s3://HOST/BUCKET";
    return [{ key: "spool-credentials-file", message }];
  }
  return [];
}

/** What is missing for a node among several, or is set for nothing. */
export function nodeProblems(
  made: Pick<Settings, "text">,
  os: typeof Deno.build.os,
): readonly SettingProblem[] {
  const [bus, node, password] = ["bus", "node", "bus-password-file"].map((key) => made.text(key));
  const problems: SettingProblem[] = [];
  if (bus !== undefined && made.text("store") === undefined) {
    const message = "bus needs a store that other nodes reach: --store postgres://…";
    problems.push({ key: "bus", message });
  }
  if (bus !== undefined && bus !== "none" && node === undefined) {
    problems.push({ key: "bus", message: "bus needs the name of this node: --node NAME" });
  }
  if (node !== undefined && bus === undefined) {
    problems.push({ key: "node", message: "node needs the way to the other nodes: --bus URL" });
  }
  if (Number(made.text("workers") ?? 1) > 1) {
    const message = os !== "linux"
      ? "workers needs Linux, whose processes can share a port"
      : bus === undefined
      ? "workers needs a store for several processes, and their bus: --store postgres://… --bus URL"
      : undefined;
    if (message !== undefined) problems.push({ key: "workers", message });
  }
  if (password !== undefined && (bus === undefined || bus === "none")) {
    const message = "bus-password-file needs a NATS: --bus nats://USER@HOST";
    problems.push({ key: "bus-password-file", message });
  }
  return problems;
}

/** What somebody named and is not there. */
export async function placeProblems(settings: CheckedSettings): Promise<readonly SettingProblem[]> {
  const { made, readyFile, server: { videoFolder } } = settings;
  const problems: SettingProblem[] = [];
  if (made.get("videos") !== undefined && !await isFolder(videoFolder)) {
    problems.push({ key: "videos", message: `no folder ${videoFolder}` });
  }
  if (readyFile !== undefined && !await isFolder(dirname(readyFile))) {
    problems.push({ key: "ready-file", message: `no folder ${dirname(readyFile)}` });
  }
  return [...problems, ...await credentialProblems(settings.metrics)];
}

/**
 * Whether `serve` only warns of it: a disk of videos that is mounted late must not keep a whole server down, and they are looked for
 * at each request. What somebody types is a slip of theirs.
 */
export function canWait(made: Settings, { key }: SettingProblem): boolean {
  const source = made.get(key)?.source ?? "";
  return key === "videos" && !source.startsWith("option ");
}

/** What only trying shows, and `serve` finds out when it opens: addresses, and the ffmpeg that was named. */
export async function trialProblems(settings: CheckedSettings): Promise<readonly SettingProblem[]> {
  const { server: { listen, ffmpegPath }, metrics } = settings;
  const found: (SettingProblem | undefined)[] = [
    whyNotHere("listen", listen),
    metrics.address && whyNotHere("metrics", metrics.address),
    ffmpegPath === undefined ? undefined : await whyNoFfmpeg(ffmpegPath),
  ];
  return found.filter((problem) => problem !== undefined);
}

function whyNotHere(key: string, address: HostPort): SettingProblem | undefined {
  const where = formatHostPort(address);
  try {
    Deno.listen({ hostname: address.host, port: address.port }).close();
    return undefined;
  } catch (error) {
    // By the server that runs with these settings, as a rule.
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    const why = error instanceof Deno.errors.AddrNotAvailable
      ? "this machine has no such address"
      : error instanceof Deno.errors.PermissionDenied
      ? "no permission for this port"
      : describeError(error);
    return { key, message: `${key} cannot be ${where}: ${why}` };
  }
}

async function whyNoFfmpeg(path: string): Promise<SettingProblem | undefined> {
  const located = await locateFfmpeg({ given: path });
  if (!located.found) {
    const [tried] = located.tried;
    return { key: "ffmpeg", message: `ffmpeg ${path} cannot be used: ${tried?.reason}` };
  }
  const workFolder = await Deno.makeTempDir({ prefix: "heliograph-check-" });
  try {
    await Ffmpeg.open({ path: located.path, workFolder });
    return undefined;
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return { key: "ffmpeg", message: `ffmpeg ${path} does not run` };
  } finally {
    await Deno.remove(workFolder, { recursive: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    // Whatever the reason: it cannot be used as one.
    return false;
  }
}
