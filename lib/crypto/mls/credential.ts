/** MLS credentials: `version(2) ‖ account id ‖ SHA-256(device certificate)`, in a basic credential (RFC 9420 §5.3). */

import type { Credential } from "ts-mls";
import { parseAccountId } from "../../base/account_name.ts";
import {
  asBytes,
  ByteReader,
  type Bytes,
  ByteWriter,
  compareBytes,
  encodeHex,
} from "../../base/bytes.ts";
import { type AccountId, type Fingerprint, idBytes, parseFingerprint } from "../../base/ids.ts";

/** What a credential says. */
export interface DeviceCredential {
  readonly accountId: AccountId;
  readonly certificateHash: Fingerprint;
}

const VERSION = 1;
const HASH_BYTES = 32;

function identityBytes({ accountId, certificateHash }: DeviceCredential): Bytes {
  return new ByteWriter().u16(VERSION).text(accountId).raw(idBytes(certificateHash)).finish();
}

/** The credential of this account and certificate. */
export function makeCredential(device: DeviceCredential): Credential {
  return { credentialType: "basic", identity: identityBytes(device) };
}

/** Whether the credential is exactly the one of this account and certificate. */
export function credentialNames(credential: Credential, device: DeviceCredential): boolean {
  return credential.credentialType === "basic" &&
    compareBytes(credential.identity, identityBytes(device)) === 0;
}

/** The hash at the credential's end, without a look at the rest: a key to look up by, no more. */
export function certificateHashOf(credential: Credential): Fingerprint | undefined {
  if (credential.credentialType !== "basic") return undefined;
  return parseFingerprint(encodeHex(credential.identity.subarray(-HASH_BYTES)));
}

/** Undefined when it is not a credential of ours. It proves nothing before its certificate is verified. */
export function readCredential(credential: Credential): DeviceCredential | undefined {
  if (credential.credentialType !== "basic") return undefined;
  const reader = new ByteReader(asBytes(credential.identity));
  const version = reader.u16();
  const account = reader.text();
  const certificateHash = parseFingerprint(encodeHex(reader.raw(HASH_BYTES)));
  if (!reader.done || version !== VERSION || certificateHash === undefined) return undefined;
  const accountId = parseAccountId(account);
  return accountId === undefined ? undefined : { accountId, certificateHash };
}
