/** Whether a statement was signed by the very device whose session brings it. */

import type { OpenedDeviceStatement } from "../crypto/device_statement.ts";
import { verifyDeviceCertificate } from "../crypto/device_certificate.ts";
import type { Parts } from "./parts.ts";
import type { StateOf } from "./session.ts";

/**
 * Readers check statements themselves. The server does too, so that it numbers and keeps nothing that none of them would
 * show.
 */
export async function isSignedHere(
  { store, identity: { serverId } }: Pick<Parts, "store" | "identity">,
  { account, device }: StateOf<"ready">,
  opened: Omit<OpenedDeviceStatement, "fields">,
): Promise<boolean> {
  if (opened.account !== account) return false;
  const known = await store.findDevice(account, device);
  if (known?.certificateHash !== opened.certificateHash) return false;
  const verified = await verifyDeviceCertificate(known.certificate, serverId);
  return verified.ok && await opened.isSignedBy(verified.certificate);
}
