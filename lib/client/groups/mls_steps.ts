/** What the steps that change who is in a conversation have in common. */

import type { Bytes } from "../../base/bytes.ts";
import { CryptoError } from "../../base/errors.ts";
import type { ConversationId } from "../../base/ids.ts";
import { directPolicy, type GroupPolicy } from "../../crypto/mls/group_policy.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { joinByWelcome } from "../../crypto/mls/join.ts";
import type { OwnKeyPackage } from "../../crypto/mls/key_package.ts";
import type { Failure } from "../../crypto/mls/messages.ts";
import type { Link } from "../link/link.ts";
import { ownDevice, type Profile } from "../profile/profile.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import type { PendingCommit } from "../../crypto/mls/commit.ts";
import { joinExternally } from "../../crypto/mls/external_join.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { encodeCommitData, readCommitData } from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";

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
  throw new CryptoError("missing-certificates", "The server withholds a certificate");
}

function isMissing(done: Tried): done is Extract<Failure, { kind: "missing-certificates" }> {
  return done.kind === "missing-certificates";
}

function isRefused(done: Tried): done is Extract<Failure, { kind: "refused" }> {
  return done.kind === "refused";
}

/** The group of a Welcome, if the contact itself added this device to it. Throws CryptoError `refused`. */
export async function joinWelcome(
  messenger: Messenger,
  link: Link,
  about: {
    conversation: ConversationId;
    contact: Contact;
    keyPackage: OwnKeyPackage;
    body: Bytes;
  },
): Promise<GroupState> {
  const { profile, directory: { verifier } } = messenger;
  const { conversation, contact, keyPackage, body } = about;
  const joined = await withCertificates(messenger, link, () =>
    joinByWelcome(body, {
      device: ownDevice(profile),
      keyPackage,
      verifier,
      choosePolicy: ({ groupId, adder }) =>
        groupId === conversation && adder.accountId === contact.account
          ? policyWith(profile, contact)
          : undefined,
    }));
  return joined.state;
}

/** What nobody could join by must not become the room's GroupInfo (SR-36). Throws CryptoError `refused`. */
export async function tryDryJoin(
  { profile, directory: { verifier } }: Messenger,
  { groupInfo, next }: Pick<PendingCommit, "groupInfo" | "next">,
  after: MembershipLog,
): Promise<void> {
  // A group of one device can be joined by no other leaf of that device, and nobody else's may be wrong in it.
  if (next.members.length === 1) return;
  const authenticatedData = encodeCommitData(after);
  const nowMs = profile.clock.nowMs();
  const read = await readCommitData(authenticatedData, after, { verifier, atMs: nowMs });
  if (read.kind !== "change") throw refusedCommit();
  const joined = await joinExternally(groupInfo, {
    groupId: next.groupId,
    device: ownDevice(profile),
    verifier,
    policy: roomPolicy(read.change),
    nowMs,
    authenticatedData,
  });
  if (joined.kind !== "pending") throw refusedCommit();
}

/** A commit that the rules of its group do not allow. */
export function refusedCommit(): CryptoError {
  return new CryptoError("refused", "Cannot change the conversation: its rules do not allow it");
}
