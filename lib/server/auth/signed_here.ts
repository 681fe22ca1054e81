/** Whether a statement was signed by the very device whose session brings it. */

import type { Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { OpenedDeviceStatement } from "../../crypto/statements/device_statement.ts";
import { verifyDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { StateOf } from "../sessions/session.ts";

interface Checked {
  readonly hash: Fingerprint;
  readonly verified: ReturnType<typeof verifyDeviceCertificate>;
}

/** Of each session, the certificate that was checked: that takes a millisecond, as much as all else about a broadcast. */
const checkedOf = new WeakMap<StateOf<"ready">, Checked>();

/**
 * Readers check statements themselves. The server does too, so that it numbers and keeps nothing that none of them would
 * show.
 */
export async function isSignedHere(
  { store, identity: { serverId } }: {
    store: DeviceStore;
    identity: { readonly serverId: Fingerprint };
  },
  state: StateOf<"ready">,
  opened: Omit<OpenedDeviceStatement, "fields">,
): Promise<boolean> {
  if (opened.account !== state.account) return false;
  const known = await store.findDevice(state.account, state.device);
  if (known?.certificateHash !== opened.certificateHash) return false;
  const verified = await check(state, serverId, known);
  return verified.ok && await opened.isSignedBy(verified.certificate);
}

function check(
  state: StateOf<"ready">,
  serverId: Fingerprint,
  { certificate, certificateHash: hash }: { certificate: Bytes; certificateHash: Fingerprint },
): Checked["verified"] {
  const before = checkedOf.get(state);
  if (before?.hash === hash) return before.verified;
  const verified = verifyDeviceCertificate(certificate, serverId);
  checkedOf.set(state, { hash, verified });
  return verified;
}
