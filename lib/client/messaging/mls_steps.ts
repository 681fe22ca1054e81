/** What the steps that change who is in a conversation have in common. */

import { CryptoError } from "../../base/errors.ts";
import { directPolicy, type GroupPolicy } from "../../crypto/mls/group_policy.ts";
import type { Failure } from "../../crypto/mls/messages.ts";
import type { Link } from "../link.ts";
import type { Profile } from "../profile/profile.ts";
import type { Contact } from "./contacts.ts";
import type { Messenger } from "./messenger.ts";

/** Missing certificates are fetched and the step tried again; a server that never has them all is refused. */
const MAX_TRIES = 3;

/** The policy of a conversation with this contact, by the pin (SR-17, SR-18). */
export function policyWith(profile: Profile, contact: Contact): GroupPolicy {
  const { account, identity } = profile.own;
  return directPolicy(
    new Map([[account, identity.key.fingerprint], [contact.account, contact.pinned]]),
  );
}

type Tried = { readonly kind: string };

/** Tries an MLS step, fetching the certificates that it lacks. Throws CryptoError `refused` when it is refused. */
export async function withCertificates<Done extends Tried>(
  { directory }: Messenger,
  link: Link,
  step: () => Promise<Done | Failure>,
): Promise<Exclude<Done, Failure>> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const done = await step();
    if (isMissing(done)) {
      await directory.fetch(link, done.hashes);
      continue;
    }
    if (isRefused(done)) {
      throw new CryptoError("refused", `Cannot change the conversation: ${done.code}`);
    }
    // The two kinds of Failure are excluded above.
    return done as Exclude<Done, Failure>;
  }
  throw new CryptoError("missing-certificates", "The server holds back a certificate");
}

function isMissing(done: Tried): done is Extract<Failure, { kind: "missing-certificates" }> {
  return done.kind === "missing-certificates";
}

function isRefused(done: Tried): done is Extract<Failure, { kind: "refused" }> {
  return done.kind === "refused";
}
