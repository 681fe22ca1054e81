/** How a direct conversation begins: with a group of this device, and one device of the contact added to it (SR-19). */

import { CryptoError } from "../../base/errors.ts";
import { type ConversationId, newConversationId, newEnvelopeId } from "../../base/ids.ts";
import type { DeviceCertificate } from "../../crypto/device_certificate.ts";
import { addMember, mergeCommit } from "../../crypto/mls/commit.ts";
import { createGroup } from "../../crypto/mls/create.ts";
import { joinSections } from "../../protocol/sections.ts";
import { knownRemovals } from "./agreed_removals.ts";
import type { Link } from "../link/link.ts";
import { ownDevice } from "../profile/profile.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import { policyWith, withCertificates } from "./mls_steps.ts";

/**
 * Prepares a conversation and writes the claim of its slot into the outbox. Returns its id, or that of the one which another
 * process of this profile began meanwhile. Throws Refusal `no-device` when the contact has no device yet, CryptoError when
 * the server's key package is not one of the pinned identity.
 */
export async function startConversation(
  messenger: Messenger,
  link: Link,
  { contact, replaces }: { contact: Contact; replaces: ConversationId | undefined },
): Promise<ConversationId> {
  const { profile, groups, conversations, outbox } = messenger;
  const conversation = newConversationId(profile.random);
  const { alone, added, welcome } = await addContact(messenger, link, { contact, conversation });
  const prepared = await groups.prepare(mergeCommit(alone, added.next), {
    conversation,
    membershipLog: undefined,
    pending: undefined,
    refreshedMs: profile.clock.nowMs(),
    sentSince: 0,
  });
  const { sizes, payload } = joinSections([welcome, added.groupInfo]);
  return profile.database.transaction(() => {
    const present = conversations.openWith(contact.account);
    if (present !== undefined) return present.conversation;
    const peer = contact.account;
    conversations.add({ conversation, peer, state: "opening", joinedLate: false });
    groups.put(prepared);
    outbox.push({
      conversation,
      envelope: newEnvelopeId(profile.random),
      kind: "open",
      epoch: added.next.epoch,
      fields: {
        peer,
        added: added.added[0].deviceId,
        sizes,
        ...(replaces === undefined ? {} : { replaces }),
      },
      body: payload,
      sealed: undefined,
    });
    return conversation;
  });
}

async function addContact(
  messenger: Messenger,
  link: Link,
  { contact, conversation }: { contact: Contact; conversation: ConversationId },
) {
  const { profile, verifier, directory } = messenger;
  const policy = policyWith(profile, contact);
  const nowMs = profile.clock.nowMs();
  const device = ownDevice(profile);
  const { account: accountId, pinned } = contact;
  const about = { accountId, identity: pinned };
  const removals = await knownRemovals(messenger, [about]);
  const group = { groupId: conversation, device, verifier, policy, nowMs, removals };
  const alone = await createGroup(group);
  const keyPackage = await directory.takeKeyPackage(link, about);
  const isRevoked = ({ identity: { fingerprint: identity }, ...device }: DeviceCertificate) =>
    directory.revocations.isRevoked({ ...device, identity });
  const checks = { verifier, policy, accountId, pinned, nowMs, isRevoked };
  const added = await withCertificates(messenger, link, () => addMember(alone, keyPackage, checks));
  const { welcome } = added;
  if (welcome === undefined) throw new CryptoError("refused", "The new group has no Welcome");
  return { alone, added, welcome };
}
