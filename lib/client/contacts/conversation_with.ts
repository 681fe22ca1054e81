/** Which conversation a text to a contact goes into: the open one, one to join, or a new one. */

import {
  type ConversationId,
  newConversationId,
  newEnvelopeId,
  parseConversationId,
} from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { type Contact, requireTrust } from "../store/contacts.ts";
import { joinConversation } from "../groups/joining.ts";
import { listConversations } from "../groups/listed.ts";
import { meet } from "./contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { CryptoError } from "../../base/errors.ts";
import type { DeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import { addMember, mergeCommit } from "../../crypto/mls/commit.ts";
import { createGroup } from "../../crypto/mls/create.ts";
import { joinSections } from "../../protocol/sections.ts";
import { knownRemovals } from "../groups/agreed_removals.ts";
import { ownDevice } from "../profile/profile.ts";
import { policyWith, withCertificates } from "../groups/mls_steps.ts";

/**
 * The conversation to write to a contact in, started or joined when there is none yet. Undefined while a Welcome of the other
 * side waits in the mailbox. Throws TrustError when the contact is held, Refusal when it has no device yet, CryptoError when
 * the server's keys are not those of the pinned identity.
 */
export async function ensureConversation(
  messenger: Messenger,
  link: Link,
  contact: Contact,
): Promise<ConversationId | undefined> {
  const { conversations } = messenger;
  requireTrust(contact);
  const local = conversations.openWith(contact.account);
  if (local?.state === "lost") {
    const { conversation } = local;
    const joined = await joinConversation(messenger, link, { conversation, contact });
    return joined === "joined" ? conversation : undefined;
  }
  if (local !== undefined) return local.conversation;
  const listed = (await listConversations(link)).find((it) => it.peer === contact.account);
  const conversation = listed && parseConversationId(listed.conversation);
  if (listed === undefined || conversation === undefined) {
    return await begin(messenger, link, { contact, replaces: undefined });
  }
  if (!conversations.isIn(conversation, "closed")) {
    if (listed.member) return undefined;
    const joined = await joinConversation(messenger, link, { conversation, contact });
    if (joined === "joined") return conversation;
    if (joined === "busy") return undefined;
  }
  return await begin(messenger, link, { contact, replaces: conversation });
}

/** The pin is compared once more: with an old one the server's key packages would only look like a fraud. */
async function begin(
  messenger: Messenger,
  link: Link,
  facts: { contact: Contact; replaces: ConversationId | undefined },
): Promise<ConversationId> {
  const contact = await meet(messenger, link, facts.contact.account);
  requireTrust(contact);
  return await startConversation(messenger, link, { ...facts, contact });
}

// How a direct conversation begins: with a group of this device, and one device of the contact added to it (SR-19).

/**
 * Prepares a conversation and writes the claim of its slot into the outbox. Returns its id, or that of the one which another
 * process of this profile began meanwhile. Throws Refusal `no-device` when the contact has no device yet, CryptoError when
 * the server's key package is not one of the pinned identity.
 */
async function startConversation(
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
  const { profile, directory, directory: { verifier } } = messenger;
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
