/** How a direct conversation begins, and how a further device of its two accounts comes in. */

import { listConversations } from "./listed.ts";
import { CryptoError } from "../../base/errors.ts";
import {
  type ConversationId,
  newConversationId,
  newEnvelopeId,
  parseConversationId,
} from "../../base/ids.ts";
import { addMember, mergeCommit, updateKeys } from "../../crypto/mls/commit.ts";
import { createGroup } from "../../crypto/mls/create.ts";
import { joinExternally, type PendingJoin } from "../../crypto/mls/external_join.ts";
import { directPolicy, type GroupPolicy } from "../../crypto/mls/group_policy.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import type { Failure } from "../../crypto/mls/messages.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import { ownDevice, type Profile } from "../profile/profile.ts";
import { type Contact, requireTrust } from "./contacts.ts";
import { policyOf } from "./groups.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";

/** A device that sent so much, or was quiet so long, gives the group new keys (SR-29). */
const REFRESH_AFTER_MESSAGES = 1000;
const REFRESH_AFTER_MS = 7 * 24 * 3600 * 1000;

/** Missing certificates are fetched and the step tried again; a server that never has them all is refused. */
const MAX_TRIES = 3;

/** The policy of a conversation with this contact, by the pin (SR-17, SR-18). */
export function policyWith(profile: Profile, contact: Contact): GroupPolicy {
  const { account, identity } = profile.own;
  return directPolicy(
    new Map([[account, identity.key.fingerprint], [contact.account, contact.pinned]]),
  );
}

/** Tries an MLS step, fetching the certificates that it lacks. Throws CryptoError `refused` when it is refused. */
export async function withCertificates<Done extends { readonly kind: string }>(
  messenger: Messenger,
  link: Link,
  step: () => Promise<Done | Failure>,
): Promise<Exclude<Done, Failure>> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const done = await step();
    if (isMissing(done)) {
      await messenger.directory.fetch(link, done.hashes);
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

type Tried = { readonly kind: string };

function isMissing(done: Tried): done is Extract<Failure, { kind: "missing-certificates" }> {
  return done.kind === "missing-certificates";
}

function isRefused(done: Tried): done is Extract<Failure, { kind: "refused" }> {
  return done.kind === "refused";
}

/**
 * The conversation to write to a contact in, started or joined when there is none yet. Undefined while a Welcome of the other
 * side waits in the mailbox. Throws TrustError when the contact is held, Refusal when it has no device yet.
 */
export async function ensureConversation(
  messenger: Messenger,
  link: Link,
  contact: Contact,
): Promise<ConversationId | undefined> {
  const { conversations } = messenger;
  requireTrust(contact);
  const local = conversations.openWith(contact.account);
  if (local !== undefined) return local.conversation;
  const all = await listConversations(link);
  const listed = all.find((it) => it.peer === contact.account);
  const conversation = listed && parseConversationId(listed.conversation);
  if (listed === undefined || conversation === undefined) {
    return await startConversation(messenger, link, { contact, replaces: undefined });
  }
  if (conversations.find(conversation)?.state !== "closed") {
    if (listed.member) return undefined;
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const joined = await joinConversation(messenger, link, {
        conversation,
        contact,
        known: undefined,
      });
      if (joined === "joined") return conversation;
      if (joined === "not-ours") break;
    }
  }
  return await startConversation(messenger, link, { contact, replaces: conversation });
}

/** A group of this device, one device of the contact added, and the claim of the slot in the outbox (SR-19). */
async function startConversation(
  messenger: Messenger,
  link: Link,
  { contact, replaces }: { contact: Contact; replaces: ConversationId | undefined },
): Promise<ConversationId> {
  const { profile, verifier, groups, conversations, outbox, directory } = messenger;
  const conversation = newConversationId(profile.random);
  const policy = policyWith(profile, contact);
  const nowMs = profile.clock.nowMs();
  const alone = await createGroup({
    groupId: conversation,
    device: ownDevice(profile),
    verifier,
    policy,
    nowMs,
  });
  const keyPackage = await directory.takeKeyPackage(link, contact.account);
  const added = await withCertificates(messenger, link, () =>
    addMember(alone, keyPackage, {
      verifier,
      policy,
      accountId: contact.account,
      pinned: contact.pinned,
      nowMs,
      isRevoked: () => false,
    }));
  if (added.welcome === undefined) throw new CryptoError("refused", "The new group has no Welcome");
  const prepared = await groups.prepare(mergeCommit(alone, added.next), {
    conversation,
    pending: undefined,
    refreshedMs: nowMs,
    sentSince: 0,
  });
  const { sizes, payload } = joinSections([added.welcome, added.groupInfo]);
  return profile.database.transaction(() => {
    const present = conversations.openWith(contact.account);
    // Another process of this profile was first.
    if (present !== undefined) return present.conversation;
    conversations.add({
      conversation,
      peer: contact.account,
      state: "opening",
      joinedLate: false,
    });
    groups.insert(prepared);
    outbox.push({
      conversation,
      envelope: newEnvelopeId(profile.random),
      kind: "open",
      epoch: added.next.epoch,
      fields: {
        peer: contact.account,
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

/** What a join by external commit came to. */
export type Joined = "joined" | "lost" | "not-ours";

/**
 * Brings this device into a conversation of its account by external commit (no invitation is needed in a direct one, SR-17),
 * or back into it after its state was lost (SR-23, SR-26). `lost`: another commit won the epoch; try again.
 */
export async function joinConversation(
  messenger: Messenger,
  link: Link,
  facts: { conversation: ConversationId; contact: Contact; known: GroupState | undefined },
): Promise<Joined> {
  const { profile, verifier, groups, conversations } = messenger;
  const { conversation, contact, known } = facts;
  const { fields, payload } = await link.ask("relay.group", { conversation });
  let join: PendingJoin;
  try {
    join = await withCertificates(messenger, link, () =>
      joinExternally(payload, {
        groupId: conversation,
        device: ownDevice(profile),
        verifier,
        policy: policyWith(profile, contact),
        nowMs: profile.clock.nowMs(),
        ...(known === undefined ? {} : { known }),
      }));
  } catch (error) {
    // A group of other identities than the pinned ones is not joined: it is an old one, or somebody else's.
    if (error instanceof CryptoError) return "not-ours";
    throw error;
  }
  const nowMs = profile.clock.nowMs();
  const prepared = await groups.prepare(join.next, {
    conversation,
    pending: undefined,
    refreshedMs: nowMs,
    sentSince: 0,
  });
  const { sizes, payload: body } = joinSections([join.commit, join.groupInfo, new Uint8Array(0)]);
  const { device, account } = profile.own;
  const answer = await link.ask("relay.commit", {
    conversation,
    envelope: newEnvelopeId(profile.random),
    number: nextNumber(messenger),
    epoch: fields.epoch,
    joins: true,
    added: [{ account, device }],
    removed: join.removed.map((member) => ({ account: member.accountId, device: member.deviceId })),
    sizes,
  }, body);
  if (!answer.fields.accepted) return "lost";
  const changes = [
    ...join.appeared.map((member) => `${member.accountId} has a device that was not there before`),
    ...join.vanished.map((member) => `A device of ${member.accountId} is gone`),
  ];
  await messenger.history.append(
    changes.map((text) =>
      noticeEntry(messenger, { conversation, peer: contact.account, code: "members-changed", text })
    ),
    () => {
      if (conversations.find(conversation) === undefined) {
        conversations.add({
          conversation,
          peer: contact.account,
          state: "active",
          joinedLate: true,
        });
        groups.insert(prepared);
      } else {
        conversations.setState(conversation, "active");
        groups.remove(conversation);
        groups.insert(prepared);
      }
      conversations.setProcessed(conversation, answer.fields.seq);
      return true;
    },
  );
  return "joined";
}

/** An outbox number for what is sent at once and not resent: taken from the same sequence (SR-23). */
function nextNumber({ outbox, profile }: Messenger): number {
  return profile.database.transaction(() => {
    const number = outbox.highestNumber + 1;
    outbox.skipTo(number);
    return number;
  });
}

/** Writes a key update into the outbox: after a join by Welcome at once, later when it is due (SR-29). */
export async function refreshKeys(
  messenger: Messenger,
  conversation: ConversationId,
  options: { atOnce: boolean },
): Promise<void> {
  const { profile, verifier, groups, outbox } = messenger;
  const group = await groups.load(conversation);
  if (group === undefined || group.pending !== undefined || !group.state.isActive) return;
  const nowMs = profile.clock.nowMs();
  const isDue = group.sentSince >= REFRESH_AFTER_MESSAGES ||
    nowMs - group.refreshedMs >= REFRESH_AFTER_MS;
  if (!options.atOnce && !isDue) return;
  const { state } = group;
  const update = await updateKeys(state, { verifier, policy: policyOf(state) });
  if (update.kind !== "pending") {
    throw new CryptoError("refused", "Cannot refresh the conversation's keys");
  }
  const envelope = newEnvelopeId(profile.random);
  const prepared = await groups.prepare(state, {
    conversation,
    pending: { envelope, next: update.next },
    refreshedMs: group.refreshedMs,
    sentSince: group.sentSince,
  });
  const { sizes, payload } = joinSections([
    update.commit,
    update.groupInfo,
    new Uint8Array(0),
  ]);
  profile.database.transaction(() => {
    // Whoever changed the group meanwhile will find the update due again.
    if (!groups.replace(prepared, group.version)) return;
    outbox.push({
      conversation,
      envelope,
      kind: "commit",
      epoch: state.epoch,
      fields: { joins: false, added: [], removed: [], sizes },
      body: payload,
      sealed: undefined,
    });
  });
}
