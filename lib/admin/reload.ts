/** `reload`, and SIGHUP: what can change in a server that runs is read again, and nobody is dropped. */

import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { CertificateNews, ServingCertificate } from "../server/serving_certificate.ts";
import type { Outcome } from "./order/data_row.ts";

const log = logger("server");

/** What a reload needs of a server. */
export interface Reloadable {
  readonly certificate: Pick<ServingCertificate, "renew"> | undefined;
}

/** What came of it. Throws StorageError, TransportError; then what was served before is served still. */
export async function reload(server: Reloadable): Promise<Outcome> {
  const certificate = await server.certificate?.renew();
  const line = certificate === undefined
    ? "Certificate: none, this server is without TLS"
    : `Certificate: ${certificate.changed ? "new" : "as before"}, ${untilWords(certificate)}`;
  const fields = { certificate: certificate ?? null };
  return { facts: [{ type: "reload", fields }], lines: [line] };
}

/** As a signal asks for it: what is wrong goes to the log, and what was served before is served on. */
export function reloadQuietly(server: Reloadable | undefined): void {
  if (server === undefined) return;
  reload(server).then(
    ({ lines }) => log.info("server.reload", { found: lines.join("; ") }),
    (error) => log.error("reload failed", { reason: describeError(error) }),
  );
}

function untilWords({ untilMs, changed }: CertificateNews): string {
  const end = untilMs === undefined ? "?" : new Date(untilMs).toISOString().slice(0, 10);
  return `good until ${end}${changed ? "; who is connected keeps the old one" : ""}`;
}
