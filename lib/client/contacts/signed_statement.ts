/** Whether a device's statement is of who it says: by its certificate, and by the identity that this person knows. */

import { Refusal, TrustError } from "../../base/errors.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import {
  type DeviceCertificate,
  verifyDeviceCertificate,
} from "../../crypto/statements/device_certificate.ts";
import type {
  OpenedDeviceStatement,
  StatementSigner,
} from "../../crypto/statements/device_statement.ts";
import { isPassingFailure } from "../../protocol/failure.ts";
import type { Link } from "../link/link.ts";
import { meet } from "./contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OwnAccount } from "../profile/profile.ts";

/** What this profile's own device signs with. */
export function signerOf(own: OwnAccount): StatementSigner {
  const { serverId, account, certificateHash, deviceKeys } = own;
  return { serverId, account, certificateHash, privateKey: deviceKeys.statement.privateKey };
}

/** Why a statement is not believed: `not-signed`, or signed by another identity than the pinned one. */
export type Disbelief = "not-signed" | "other-identity";

/** A statement whose signature holds, by the device with this certificate; or why not. */
export type Signed =
  | { readonly ok: true; readonly certificate: DeviceCertificate }
  | { readonly ok: false; readonly code: Disbelief };

/**
 * Finds the signer's certificate, here or at the server, and checks all of it. `meets`: an account that was never met is met
 * now, so that from here on another identity of it is noticed. Rejects with TransportError when the link ends,
 * with Refusal when the server cannot say now who the account is.
 */
export async function checkSigned(
  messenger: Messenger,
  link: Link,
  opened: Omit<OpenedDeviceStatement, "fields">,
  options: { meets: boolean },
): Promise<Signed> {
  const certificate = await findCertificate(messenger, link, opened.certificateHash);
  if (certificate === undefined || !await opened.isSignedBy(certificate)) {
    return { ok: false, code: "not-signed" };
  }
  const isKnown = await isKnownIdentity(messenger, link, certificate, options);
  return isKnown ? { ok: true, certificate } : { ok: false, code: "other-identity" };
}

async function findCertificate(
  { directory, profile }: Messenger,
  link: Link,
  hash: Fingerprint,
): Promise<DeviceCertificate | undefined> {
  if (directory.find(hash) === undefined) await directory.fetch(link, [hash]);
  const bytes = directory.find(hash);
  if (bytes === undefined) return undefined;
  const verified = await verifyDeviceCertificate(bytes, profile.own.serverId);
  return verified.ok ? verified.certificate : undefined;
}

async function isKnownIdentity(
  messenger: Messenger,
  link: Link,
  { accountId, identity: { fingerprint } }: DeviceCertificate,
  { meets }: { meets: boolean },
): Promise<boolean> {
  const { contacts, profile: { own } } = messenger;
  if (accountId === own.account) return fingerprint === own.identity.key.fingerprint;
  const known = await contacts.find(accountId);
  if (known?.pinned === fingerprint) return true;
  if (known === undefined && !meets) return true;
  // A contact may have rotated its identity since: the pin follows where it may (SR-07).
  return await pinnedNow(messenger, link, accountId) === fingerprint;
}

async function pinnedNow(
  messenger: Messenger,
  link: Link,
  account: AccountId,
): Promise<Fingerprint | undefined> {
  try {
    return (await meet(messenger, link, account)).pinned;
  } catch (error) {
    // One that passes says nothing of who it is.
    const isNo = error instanceof Refusal && !isPassingFailure(error.code);
    if (isNo || error instanceof TrustError) return undefined;
    throw error;
  }
}
