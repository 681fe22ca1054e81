/** Tells a wrong clock from a wrong server: TLS refuses both in the same way. */

import type { Clock } from "../../base/clock.ts";
import { TrustError } from "../../base/errors.ts";
import type { ServerCertificate } from "../../crypto/server_certificate.ts";
import { readStoredLeaf } from "../../crypto/stored_leaf.ts";

/**
 * Throws TrustError `wrong-clock` when TLS refused the leaf that a server shows and the reason is the time: the CA signed it,
 * and by this machine's clock it is not good now. `certificate` MUST be one that is trusted already: a stranger could name
 * any time.
 */
export function requireInTime(
  leafPem: string,
  certificate: ServerCertificate,
  clock: Clock,
): void {
  const leaf = readStoredLeaf(leafPem);
  const nowMs = clock.nowMs();
  if (leaf === undefined || !leaf.isSignedBy(certificate.spki)) return;
  if (leaf.notBeforeMs <= nowMs && nowMs <= leaf.notAfterMs) return;
  const [now, from, until] = [nowMs, leaf.notBeforeMs, leaf.notAfterMs].map(formatTime);
  throw new TrustError(
    "wrong-clock",
    `This machine's clock says ${now}, and the server's certificate is good from ${from} to ${until}. ` +
      "Set the clock; if it is right, tell the server's operator",
    { details: { now, from, until } },
  );
}

/** `2026-11-20 14:05 UTC`: far off by hours or years, so the zone is said instead of the seconds. */
function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
