/** `reload`, and SIGHUP: what can change in a server that runs is read again, and nobody is dropped. */

import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { StartedLog } from "../server/config/logging.ts";
import type { LivePolicy } from "../server/config/server_options.ts";
import type { ServingCertificate } from "../server/keys/serving_certificate.ts";
import type { HealthRenewal } from "../server/health/health_server.ts";
import type { Reloaded } from "./operator_row.ts";
import { reloadLines } from "./rows/server_rows.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { readState, writeState } from "./state_file.ts";

const log = logger("server");

/** What a reload needs of a server. */
export interface Reloadable {
  readonly certificate: Pick<ServingCertificate, "renew"> | undefined;
  setPolicy(policy: LivePolicy): Promise<void>;
}

/** Reads settings and certificate again, for one server. */
export class Reloader {
  readonly #server: Reloadable;
  readonly #log: StartedLog;
  readonly #read: () => ServeSettings;
  readonly #renewHealth: () => Promise<HealthRenewal | undefined>;
  #settings: ServeSettings;

  /** `settings` are those that it was started with, `read` reads them again. */
  constructor(
    server: Reloadable,
    { settings, read, log, renewHealth = () => Promise.resolve(undefined) }: {
      settings: ServeSettings;
      read: () => ServeSettings;
      log: StartedLog;
      renewHealth?: () => Promise<HealthRenewal | undefined>;
    },
  ) {
    this.#server = server;
    this.#settings = settings;
    this.#read = read;
    this.#log = log;
    this.#renewHealth = renewHealth;
  }

  /**
   * What came of it. Throws UsageError for settings that are wrong, StorageError and TransportError for a certificate that
   * cannot be used; then what was served before is served still.
   */
  async run(): Promise<Reloaded> {
    const next = this.#read();
    const changed = next.made.differences(this.#settings.made);
    const live = changed.filter((setting) => setting.live === true).map(({ key }) => key);
    const later = changed.filter((setting) => setting.live !== true).map(({ key }) => key);
    const certificate = await this.#server.certificate?.renew();
    const metrics = await this.#renewHealth();
    await this.#server.setPolicy(next.server);
    await this.#noteState(next);
    if (live.includes("log-level")) this.#log.setLevel(next.logLevel);
    this.#log.setAddresses(next.logsAddresses);
    this.#settings = next;
    return {
      ...{ changed: live, needsRestart: later, certificate: certificate ?? null },
      ...(metrics === undefined ? {} : { metricsCertificate: metrics }),
    };
  }

  /** What `status` shows. It may not be written, on a full disk, and the settings hold all the same. */
  async #noteState({ server: { registration } }: ServeSettings): Promise<void> {
    const { dataFolder } = this.#settings.server;
    try {
      const state = await readState(dataFolder);
      if (state !== undefined) await writeState(dataFolder, { ...state, registration });
    } catch (error) {
      log.warn("state not written", { reason: describeError(error) });
    }
  }

  /** As a signal asks for it: what is wrong goes to the log, and what was served before is served on. */
  runQuietly(tell: (news: "RELOADING=1" | "READY=1") => void): void {
    tell("RELOADING=1");
    this.run().finally(() => tell("READY=1")).then(
      (reloaded) => log.info("server.reload", { found: reloadLines(reloaded).join("; ") }),
      (error) => log.error("reload failed", { reason: describeError(error) }),
    );
  }
}
