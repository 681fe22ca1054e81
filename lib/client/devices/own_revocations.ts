/** This account's own list of removed devices, as this device comes to know it (SR-10). */

import { Refusal } from "../../base/errors.ts";
import type { RevocationList } from "../../crypto/revocation.ts";
import type { Link } from "../link.ts";
import type { Messenger } from "../messaging/messenger.ts";
import type { SignedIn } from "../sign_in.ts";

/**
 * After a sign-in. Throws Refusal `device-removed` when this device is on the list: the account's identity says so, whatever
 * the server does.
 */
export async function learnOwnRevocations(
  messenger: Messenger,
  link: Link,
  { revocations }: Pick<SignedIn, "revocations">,
): Promise<void> {
  const { own } = messenger.profile;
  if (revocations > ownList(messenger).sequence) await fetchOwnRevocations(messenger, link);
  if (messenger.directory.revocations.isRevoked({ accountId: own.account, deviceId: own.device })) {
    throw new Refusal("device-removed", "This device was removed from your account");
  }
}

/** Throws TrustError `bad-directory` when the list is not by this account's identity, or older than the one that is known. */
export async function fetchOwnRevocations(messenger: Messenger, link: Link): Promise<void> {
  const { profile: { own }, directory } = messenger;
  const found = await directory.lookUp(link, own.account);
  const { account, identity: { key } } = own;
  await directory.revocations.take({ account, identity: key, bytes: found.revocations });
}

/** The list of this account that is known here. */
export function ownList(
  { profile: { own }, directory }: Messenger,
): Pick<RevocationList, "sequence" | "devices"> {
  return directory.revocations.listOf(own.account, own.identity.key.fingerprint);
}
