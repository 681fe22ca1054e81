/**
 * A commit of this device on its way into the outbox: made from the present state, stored beside it, and merged when the
 * server has said yes (SR-20, SR-21). A room's commit carries its membership log's head, and an entry if it has one.
 */

import type { Bytes } from "../../base/bytes.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { type CommitContext, type PendingCommit, updateKeys } from "../../crypto/mls/commit.ts";
import { forgetEpochsBelow, type GroupState } from "../../crypto/mls/group_state.ts";
import type { Failure } from "../../crypto/mls/messages.ts";
import {
  encodeCommitData,
  type MembershipLogChange,
  readCommitData,
} from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import { joinSections } from "../../protocol/sections.ts";
import { knownRemovals } from "./agreed_removals.ts";
import { refusedCommit, tryDryJoin } from "./mls_steps.ts";
import { policyOf, type StoredGroup } from "../store/groups.ts";
import type { Messenger } from "../store/messenger.ts";
import { CryptoError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";

/** What to commit. */
export interface CommitStep {
  /** Of a room's membership log. */
  readonly entry?: Bytes;
  make(state: GroupState, context: CommitContext): Promise<PendingCommit | Failure>;
}

/** `not-now`: another commit is on its way, or the group has just moved on. */
export type Proposed = "proposed" | "not-now";

interface Rules {
  readonly context: CommitContext;
  /** Of a room. */
  readonly change: MembershipLogChange | undefined;
}

/** Makes a commit and writes it into the outbox. Throws CryptoError `refused` when the group's rules do not allow it. */
export async function propose(
  messenger: Messenger,
  conversation: ConversationId,
  { entry, make }: CommitStep,
): Promise<Proposed> {
  const { profile, groups, outbox, conversations } = messenger;
  const group = await groups.load(conversation);
  if (group === undefined || group.pending !== undefined || !group.state.isActive) return "not-now";
  const { context, change } = await rulesOf(messenger, group, entry);
  const made = await make(group.state, context);
  if (made.kind !== "pending") throw refusedCommit();
  if (change !== undefined) await tryDryJoin(messenger, made, change.after);
  const envelope = newEnvelopeId(profile.random);
  const pending = { envelope, next: made.next, membershipLog: change?.after };
  const prepared = await groups.prepare(group.state, { ...group, pending });
  const removed = made.removed.map((gone) => ({ account: gone.accountId, device: gone.deviceId }));
  // A room's third part is the entry; a direct group's commit of this way adds nobody, so it has no Welcome.
  const { sizes, payload } = joinSections([
    made.commit,
    made.groupInfo,
    entry ?? new Uint8Array(0),
  ]);
  const fields = change === undefined
    ? { joins: false, added: [], removed, sizes }
    : { joins: false, version: change.before.version, removed, sizes };
  const isWritten = profile.database.transaction(() => {
    if (!conversations.isIn(conversation, "active")) return false;
    if (!groups.replace(prepared, group.version)) return false;
    outbox.push({
      conversation,
      envelope,
      kind: "commit",
      epoch: group.state.epoch,
      fields,
      body: payload,
      sealed: undefined,
    });
    return true;
  });
  return isWritten ? "proposed" : "not-now";
}

async function rulesOf(
  messenger: Messenger,
  { state, membershipLog }: StoredGroup,
  entry: Bytes | undefined,
): Promise<Rules> {
  const { profile, directory: { verifier } } = messenger;
  const removals = await knownRemovals(messenger, state.members);
  if (membershipLog === undefined) {
    return { context: { verifier, policy: policyOf(state), removals }, change: undefined };
  }
  const authenticatedData = encodeCommitData(membershipLog, entry);
  const atMs = profile.clock.nowMs();
  const read = await readCommitData(authenticatedData, membershipLog, { verifier, atMs });
  if (read.kind !== "change") throw refusedCommit();
  const { change } = read;
  const policy = roomPolicy(change);
  return { context: { verifier, policy, authenticatedData, removals }, change };
}

// Keys are renewed and old ones erased (SR-29): gives back secrecy after a theft, bounds what a stolen state opens.

const log = logger("client", "upkeep");

const DAY_MS = 24 * 3600 * 1000;
/** A device that sent so much, or was quiet so long, gives the group new keys. */
const REFRESH_AFTER_MESSAGES = 1000;
const REFRESH_AFTER_MS = 7 * DAY_MS;
/** What an epoch sealed cannot be opened any more so long after its end; `crypto/mls` keeps four epochs at most. */
const ERASE_AFTER_MS = 14 * DAY_MS;

/** `refreshedMs` of a device that was just added: it has to commit at once, or later joiners would be refused. */
export const NEVER_REFRESHED = 0;

/** Does what is due in a conversation. A commit goes into the outbox. */
export async function keepUp(messenger: Messenger, conversation: ConversationId): Promise<void> {
  await eraseOldEpochs(messenger, conversation);
  const age = messenger.groups.ageOf(conversation);
  const peer = messenger.conversations.find(conversation)?.peer;
  // Fresh keys would show a stranger that somebody is here.
  if (peer === undefined || !messenger.contacts.contactStatuses.isOpenTo(peer)) return;
  if (age === undefined || age.hasPending) return;
  const isDue = age.sentSince >= REFRESH_AFTER_MESSAGES ||
    messenger.profile.clock.nowMs() - age.refreshedMs >= REFRESH_AFTER_MS;
  if (!isDue) return;
  try {
    // Whoever changed the group meanwhile finds it due again.
    await propose(messenger, conversation, { make: updateKeys });
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    // A member whose own leaf has no usable key makes it so; it must not stop what all others say (SR-24).
    log.warn("cannot refresh keys", { code: error.code });
  }
}

async function eraseOldEpochs(messenger: Messenger, conversation: ConversationId): Promise<void> {
  const { profile, groups } = messenger;
  const beforeMs = profile.clock.nowMs() - ERASE_AFTER_MS;
  // The newest epoch that began so long ago: all before it ended then at the latest.
  const epoch = groups.epochs.lastBefore(conversation, beforeMs);
  const age = groups.ageOf(conversation);
  if (epoch === undefined || age === undefined || epoch <= age.erasedBelow) return;
  const group = await groups.load(conversation);
  if (group === undefined) return;
  const kept = forgetEpochsBelow(group.state, epoch);
  const prepared = await groups.prepare(kept, group);
  profile.database.transaction(() => {
    if (groups.replace(prepared, group.version)) groups.setErasedBelow(conversation, epoch);
  });
}
