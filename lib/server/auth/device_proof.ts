/** Signing in by a device's key: password locks do not apply (SR-41). */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { verifyDeviceCertificate } from "../../crypto/device_certificate.ts";
import { verifySignIn } from "../../crypto/sign_in.ts";
import type { ServerIdentity } from "../config/server_identity.ts";
import type { Handshake } from "../sessions/session.ts";
import type { Device } from "../store/device_store.ts";

/**
 * Whether the device itself is on this connection: its statement key signed both nonces (SR-41). Device ids and
 * certificates are public, so neither a password nor a certificate shows that.
 */
export async function isDevicePresent(
  server: ServerIdentity,
  owner: { account: AccountId; identity: Fingerprint },
  device: Pick<Device, "device" | "certificate">,
  proof: { handshake: Handshake; signature: Bytes | undefined },
): Promise<boolean> {
  const { serverId, caFingerprint } = server;
  const verified = await verifyDeviceCertificate(device.certificate, serverId);
  if (!verified.ok || proof.signature === undefined) return false;
  const { certificate } = verified;
  if (certificate.identity.fingerprint !== owner.identity) return false;
  return await verifySignIn(certificate.statementKey, {
    serverId,
    caFingerprint,
    serverNonce: proof.handshake.serverNonce,
    clientNonce: proof.handshake.clientNonce,
    accountId: owner.account,
    deviceId: device.device,
  }, proof.signature);
}
