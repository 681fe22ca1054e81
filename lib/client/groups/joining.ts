/**
 * Coming into a conversation by external commit: a further device of its two accounts (no invitation is needed in a direct
 * one, SR-17), or one whose state was lost (SR-23, SR-26).
 */

import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { CryptoError, Refusal } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId, type Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { joinExternally, type PendingJoin } from "../../crypto/mls/external_join.ts";
import { isPassingFailure } from "../../protocol/failure.ts";
import { joinSections } from "../../protocol/sections.ts";
import { knownRemovals, learnRemovals } from "./agreed_removals.ts";
import type { Link } from "../link/link.ts";
import { exclusively } from "../profile/lease.ts";
import { ownDevice } from "../profile/profile.ts";
import { closeConversation } from "./closing.ts";
import { Chains } from "../store/chains.ts";
import { DeferredEnvelopes } from "../store/deferred.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { policyWith, withCertificates } from "./mls_steps.ts";
import type { Contact } from "../store/contacts.ts";

const log = logger("client", "joining");

/** What a join came to. */
export type Joined =
  | "joined"
  /** Other commits won the epoch each time. */
  | "busy"
  /** The server's group is not one of the pinned identities, or not the one that this device knew. */
  | "not-ours";

/** Whoever commits at the same moment wins one of the tries. */
const MAX_TRIES = 5;

/** Where a device comes in. */
export interface Arrival {
  readonly conversation: ConversationId;
  readonly peer: Peer;
  /** A room's, after its commit. */
  readonly membershipLog: MembershipLog | undefined;
}

interface Place {
  readonly conversation: ConversationId;
  readonly contact: Contact;
  /** Only where another device of this account has acted: to be added to a group is nobody's word. */
  readonly needsOwnAct?: true;
}

/**
 * Joins, with what this device still knows of the group compared to what the server shows. One process of the profile at a
 * time, since the last to join takes the leaf of the others. Throws Refusal `unknown-conversation`.
 */
export async function joinConversation(
  messenger: Messenger,
  link: Link,
  place: Place,
): Promise<Joined> {
  const { conversations, profile } = messenger;
  return await exclusively(profile, "join", async (isHeld) => {
    // Another process may have done it meanwhile.
    const { state } = conversations.find(place.conversation) ?? {};
    if (state === "closed") return "not-ours";
    if (state !== undefined && state !== "lost") return "joined";
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const joined = await tryJoin(messenger, link, place, isHeld);
      if (joined !== "busy") return joined;
    }
    return "busy";
  });
}

/** Comes in by external commit where a Welcome is of no use; false when that is not to be. Rejects with a refusal that passes. */
export async function joinedInstead(
  messenger: Messenger,
  link: Link,
  place: Place,
): Promise<boolean> {
  try {
    return await joinConversation(messenger, link, place) === "joined";
  } catch (error) {
    if (!(error instanceof Refusal) || isPassingFailure(error.code)) throw error;
    log.warn("cannot join", { code: error.code });
    return false;
  }
}

async function tryJoin(
  messenger: Messenger,
  link: Link,
  place: Place,
  isHeld: () => boolean,
): Promise<Joined> {
  const { profile } = messenger;
  const { conversation } = place;
  const { payload } = await link.ask("relay.group", { conversation });
  let join: PendingJoin;
  try {
    join = await prepareJoin(messenger, link, { ...place, groupInfo: payload });
  } catch (error) {
    // A group of other identities than the pinned ones is not joined: it is an old one, or somebody else's.
    if (error instanceof CryptoError) return "not-ours";
    throw error;
  }
  const { sizes, payload: body } = joinSections([join.commit, join.groupInfo, new Uint8Array(0)]);
  // What is lost between the yes and the write below is made good by joining once more: nothing was sealed in it.
  const { fields } = await link.ask("relay.commit", {
    conversation,
    envelope: newEnvelopeId(profile.random),
    number: profile.database.transaction(() => messenger.outbox.takeNumber()),
    epoch: join.next.epoch - 1,
    joins: true,
    // Only a device that gets a Welcome is added; one that joins is on the list by its commit.
    added: [],
    removed: join.removed.map((member) => ({ account: member.accountId, device: member.deviceId })),
    sizes,
  }, body);
  if (!fields.accepted) return "busy";
  const hasArrived = await arrive(
    messenger,
    { conversation, peer: place.contact.account, membershipLog: undefined },
    { join, seq: fields.seq, isHeld },
  );
  return hasArrived ? "joined" : "busy";
}

async function prepareJoin(
  messenger: Messenger,
  link: Link,
  { conversation, contact, groupInfo, needsOwnAct }: Place & {
    readonly groupInfo: Uint8Array<ArrayBuffer>;
  },
): Promise<PendingJoin> {
  const { profile, directory: { verifier }, groups } = messenger;
  const known = (await groups.load(conversation))?.state;
  const { account: accountId, pinned: identity } = contact;
  const removals = await knownRemovals(messenger, [{ accountId, identity }]);
  return await withCertificates(messenger, link, () =>
    joinExternally(groupInfo, {
      groupId: conversation,
      device: ownDevice(profile),
      verifier,
      policy: policyWith(profile, contact),
      nowMs: profile.clock.nowMs(),
      removals,
      ...(known === undefined ? {} : { known }),
      ...(needsOwnAct === undefined ? {} : { needsOwnAct }),
    }));
}

/** Stores a group that this device has come into; false when another process has taken over meanwhile. */
export async function arrive(
  messenger: Messenger,
  { conversation, peer, membershipLog }: Arrival,
  { join, seq, isHeld }: { join: PendingJoin; seq: number; isHeld: () => boolean },
): Promise<boolean> {
  const { profile, groups, conversations } = messenger;
  const chains = new Chains(profile.database);
  await learnRemovals(messenger, join.next);
  const prepared = await groups.prepare(join.next, {
    conversation,
    membershipLog,
  });
  const changes = [
    ...join.appeared.map((member) => `${member.accountId} has a new device`),
    ...join.vanished.map((member) => `A device of ${member.accountId} was removed`),
  ];
  const entries = changes.map((text) =>
    noticeEntry(messenger, { conversation, peer, code: "members-changed", text })
  );
  return await record(messenger, entries, () => {
    // Another process took over and has joined after this one: its leaf is the device's now.
    if (!isHeld()) return false;
    const before = conversations.openWith(peer);
    if (before !== undefined && before.conversation !== conversation) {
      closeConversation(messenger, before.conversation);
    }
    if (conversations.isIn(conversation, "closed")) {
      // Out of a room and back in: what was said meanwhile is not missing.
      conversations.setJoinedLate(conversation);
      chains.forgetAll(conversation);
    }
    if (conversations.isKnown(conversation)) conversations.setState(conversation, "active");
    else conversations.add({ conversation, peer, state: "active", joinedLate: true });
    if (join.removed.length > 0) {
      // This device was in it and has lost its state: what it says next begins a new chain (SR-23).
      conversations.setRestarted(conversation);
    }
    chains.arrive(conversation, profile.own.device, join.next.epoch);
    groups.put(prepared);
    conversations.setSwept(conversation, 0);
    conversations.setProcessed(conversation, seq);
    // Of epochs that this device was not in.
    new DeferredEnvelopes(profile.database).removeUpTo(conversation, seq);
    return true;
  });
}
