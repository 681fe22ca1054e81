/** The settings of health and metrics: where they are shown, and what guards them there (SR-59). */

import { StorageError, UsageError } from "../base/errors.ts";
import {
  formatHostPort,
  type HostPort,
  isLoopback,
  parseHostPort,
} from "../net/addresses/address.ts";
import type { TlsIdentity } from "../net/listening/acceptor.ts";
import {
  type HealthCredentials,
  readMetricsToken,
  readOwnCertificate,
} from "../server/health/credentials.ts";
import { type AdminIo, resolvePath } from "./admin_io.ts";
import type { SettingProblem } from "./setting_problem.ts";
import type { Settings } from "./settings.ts";

/** What was set of it; files by their absolute paths. */
export interface MetricsSettings {
  readonly address: HostPort | undefined;
  readonly tokenFile: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** What the settings say. Values are right one by one. */
export function readMetricsSettings(io: AdminIo, made: Settings): MetricsSettings {
  const address = made.text("metrics");
  const [tokenFile, cert, key] = ["metrics-token-file", "cert", "key"].map((name) => {
    const path = made.text(name);
    return path === undefined ? undefined : resolvePath(io, path);
  });
  return {
    address: address === undefined ? undefined : parseHostPort(address),
    tokenFile,
    cert,
    key,
  };
}

/** What does not go together. */
export function metricsProblems(
  { address, tokenFile, cert, key }: MetricsSettings,
  tls: "auto" | "off",
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const missing = (key: string, message: string) => problems.push({ key, message });
  if (cert !== undefined && key === undefined) missing("cert", "cert needs key, its private key");
  if (key !== undefined && cert === undefined) missing("key", "key needs cert, its certificate");
  if (address === undefined) {
    if (cert !== undefined) missing("cert", "cert is what metrics shows, and metrics is not set");
    if (tokenFile !== undefined) {
      missing("metrics-token-file", "metrics-token-file is for metrics, which is not set");
    }
    return problems;
  }
  if (isLoopback(address.host)) return problems;
  const where = formatHostPort(address);
  if (tokenFile === undefined) {
    missing("metrics", `metrics on ${where}, not 127.0.0.1 or [::1], needs metrics-token-file`);
  }
  if (cert === undefined && tls === "off") {
    missing(
      "metrics",
      `metrics on ${where}, not 127.0.0.1 or [::1], needs cert and key without tls`,
    );
  }
  return problems;
}

/** What is wrong with the files. */
export async function credentialProblems(
  { tokenFile, cert, key }: MetricsSettings,
): Promise<readonly SettingProblem[]> {
  const found = [
    tokenFile && await problemOf("metrics-token-file", () => readMetricsToken(tokenFile)),
    cert && key && await problemOf("cert", () => readOwnCertificate({ cert, key })),
  ];
  return found.filter((problem) => typeof problem === "object");
}

async function problemOf(
  key: string,
  read: () => Promise<unknown>,
): Promise<SettingProblem | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof StorageError)) throw error;
    return { key, message: error.message };
  }
}

/**
 * Token and certificate as they are now. `own` is what the server shows to its clients: who may not be answered in the clear is
 * answered in that where no other is set. Throws UsageError, StorageError.
 */
export async function readCredentials(
  { address, tokenFile, cert, key }: MetricsSettings,
  own: TlsIdentity | undefined,
): Promise<HealthCredentials> {
  const token = tokenFile === undefined ? undefined : await readMetricsToken(tokenFile);
  const isHere = address === undefined || isLoopback(address.host);
  const tls = cert !== undefined && key !== undefined
    ? await readOwnCertificate({ cert, key })
    : isHere
    ? undefined
    : own;
  return { ...(token === undefined ? {} : { token }), ...(tls === undefined ? {} : { tls }) };
}
