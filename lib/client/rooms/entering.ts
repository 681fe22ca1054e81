/**
 * Coming into a room by external commit: an invited account's first device, a further device of a member, or one whose state
 * was lost (SR-33, SR-36).
 */

import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId, type RoomHandle } from "../../base/ids.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { arrive, type Joined } from "../groups/joining.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { exclusively } from "../profile/lease.ts";
import { fetchMembershipLog, readEntry } from "../groups/membership_logs.ts";
import { isFull, type MembershipLog } from "../../crypto/room/membership_log.ts";
import { newRoomNonce, signEntry } from "./invitations.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";
import { meet } from "../contacts/contact_check.ts";
import { joinExternally, type PendingJoin } from "../../crypto/mls/external_join.ts";
import { encodeCommitData, readCommitData } from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import { knownRemovals } from "../groups/agreed_removals.ts";
import { tryDryJoin, withCertificates } from "../groups/mls_steps.ts";
import { ownDevice } from "../profile/profile.ts";
import { takeAhead } from "./pending_room_info.ts";
import { readAbout } from "./room_reading.ts";

/** Whoever commits at the same moment wins one of the tries. */
const MAX_TRIES = 8;

/** A room and what it is called. */
export interface RoomPlace {
  readonly conversation: ConversationId;
  readonly room: RoomHandle;
  /** The person wants to come into an open room. Without it nobody joins one, whatever the server lists. */
  readonly joinsOpen?: OpenClaim;
}

/** An open room as the server lists it; its first entry has to say the same. */
export interface OpenClaim {
  readonly name: string;
}

/** What came of it; `was-in` where somebody else of this profile was quicker, and has told of it. */
type Entered = Joined | "was-in";

/**
 * Comes in, with what this device still knows of the room compared to what the server shows. Throws Refusal `not-member`,
 * TrustError when who invites has another identity than the pinned one.
 */
export async function enterRoom(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<Entered> {
  const isIn = () => messenger.conversations.isIn(place.conversation, "active");
  // Who was in comes in anew: by a state that was lost, or put out by what has not arrived yet.
  const comesAgain = isIn() && place.joinsOpen === undefined;
  return await exclusively(messenger.profile, "join", async (isHeld) => {
    // To come in twice would put this device's own leaf out, as if it had lost its state.
    if (!comesAgain && isIn()) return "was-in";
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      try {
        if (await tryEnter(messenger, link, { ...place, isHeld })) return "joined";
      } catch (error) {
        // Not the room that this device knew, or one that is not what it says.
        if (error instanceof CryptoError) return "not-ours";
        throw error;
      }
    }
    return "busy";
  });
}

async function tryEnter(
  messenger: Messenger,
  link: Link,
  { conversation, room, joinsOpen, isHeld }: RoomPlace & { isHeld: () => boolean },
): Promise<boolean> {
  const { profile, groups, outbox } = messenger;
  const known = await groups.load(conversation);
  const membershipLog = await fetchMembershipLog(
    messenger,
    link,
    conversation,
    known?.membershipLog,
  );
  const invitation = await findAdmission(messenger, link, { membershipLog, joinsOpen });
  const { join, after } = await prepareRoomJoin(messenger, link, { membershipLog, invitation });
  const { sizes, payload } = joinSections([
    join.commit,
    join.groupInfo,
    invitation?.bytes ?? new Uint8Array(0),
  ]);
  const { fields } = await link.ask("room.commit", {
    conversation,
    envelope: newEnvelopeId(profile.random),
    number: profile.database.transaction(() => outbox.takeNumber()),
    epoch: join.next.epoch - 1,
    version: membershipLog.version,
    joins: true,
    removed: join.removed.map((gone) => ({ account: gone.accountId, device: gone.deviceId })),
    sizes,
  }, payload);
  if (!fields.accepted) return false;
  const at = { conversation, peer: room, membershipLog: after };
  return await arrive(messenger, at, { join, seq: fields.seq, isHeld });
}

/** By which entry this account comes in; undefined when it is in. Throws as `findInvitation`, Refusal `room-full` or `not-allowed`. */
async function findAdmission(
  messenger: Messenger,
  link: Link,
  { membershipLog, joinsOpen }: {
    membershipLog: MembershipLog;
    joinsOpen: OpenClaim | undefined;
  },
): Promise<VerifiedEntry | undefined> {
  const { own } = messenger.profile;
  if (membershipLog.members.has(own.account)) return undefined;
  if (joinsOpen === undefined) return await findInvitation(messenger, link, membershipLog);
  if (membershipLog.open?.name !== joinsOpen.name) {
    throw new CryptoError("refused", "The server shows a room of this name that is not open");
  }
  if (membershipLog.open.barred.has(own.account)) {
    // An owner or moderator may have let it in again.
    return await findInvitation(messenger, link, membershipLog).catch((error) => {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(
        "not-allowed",
        "You were removed from this room: ask its owners for an invitation",
      );
    });
  }
  if (isFull(membershipLog)) {
    const { size } = membershipLog.open;
    throw new Refusal("room-full", `${joinsOpen.name} is full: it has ${size} members`);
  }
  const bytes = await signEntry(messenger.profile, {
    type: "join",
    groupId: membershipLog.groupId,
    account: own.account,
    identity: own.identity.key.fingerprint,
    id: newRoomNonce(messenger.profile),
    version: membershipLog.version,
  });
  return await readEntry(messenger, link, bytes);
}

/**
 * The invitation of this account. Who signed it must be who this person knows by that name. Throws
 * TrustError when it is not, Refusal `not-member` when it is for somebody else.
 */
async function findInvitation(
  messenger: Messenger,
  link: Link,
  membershipLog: MembershipLog,
): Promise<VerifiedEntry> {
  const { own } = messenger.profile;
  const { groupId: conversation } = membershipLog;
  const { payload } = await link.ask("room.invitation", { conversation });
  const entry = await readEntry(messenger, link, payload.slice());
  const { facts, signer } = entry;
  const isForUs = facts.type === "admission" && facts.account === own.account &&
    facts.identity === own.identity.key.fingerprint && membershipLog.version >= facts.version;
  if (!isForUs) throw new Refusal("not-member", "The invitation is not for this account");
  const host = await meet(messenger, link, signer.account);
  if (host.changedTo !== undefined || host.pinned !== signer.identity) {
    throw new TrustError(
      "identity-changed",
      `${host.name}, who invites you, has another identity than before: accept it first`,
      { details: { account: host.account, pinned: host.pinned } },
    );
  }
  return entry;
}

/** Throws CryptoError when the server's group is not the room's, or not the one that this device knew (SR-26, SR-36). */
async function prepareRoomJoin(
  messenger: Messenger,
  link: Link,
  { membershipLog, invitation }: {
    membershipLog: MembershipLog;
    invitation: VerifiedEntry | undefined;
  },
): Promise<{ join: PendingJoin; after: MembershipLog }> {
  const { profile, directory: { verifier }, groups } = messenger;
  const { groupId: conversation } = membershipLog;
  const known = await groups.load(conversation);
  const { payload: groupInfo } = await link.ask("relay.group", { conversation });
  const authenticatedData = encodeCommitData(membershipLog, invitation?.bytes);
  const nowMs = profile.clock.nowMs();
  const { change } = await withCertificates(
    messenger,
    link,
    () => readCommitData(authenticatedData, membershipLog, { verifier, atMs: nowMs }),
  );
  const members = [...membershipLog.members].map(([accountId, { identity }]) => ({
    accountId,
    identity,
  }));
  const removals = await knownRemovals(messenger, members);
  const join = await withCertificates(messenger, link, () =>
    joinExternally(groupInfo, {
      groupId: conversation,
      device: ownDevice(profile),
      verifier,
      policy: roomPolicy(change),
      nowMs,
      authenticatedData,
      provesMembers: true,
      removals,
      ...(known === undefined ? {} : { known: known.state }),
    }));
  if (invitation?.facts.type === "admission" && join.next.epoch - 1 < invitation.facts.epoch) {
    throw new CryptoError("refused", "The server shows an older room than the invitation names");
  }
  await tryDryJoin(messenger, join, change.after);
  return { join, after: change.after };
}

/** Comes in, where this account is a member or invited. Throws as `enterRoom`. */
export async function comeIn(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<Joined> {
  const { conversation, room: peer } = place;
  const wasIn = messenger.conversations.isIn(conversation, "active");
  const joined = await enterRoom(messenger, link, place);
  if (joined === "was-in") return "joined";
  if (joined !== "joined" || wasIn) return joined;
  const text = "You are now in this room";
  await note(messenger, { conversation, peer, code: "entered", text });
  await nameAsTold(messenger, place);
  return joined;
}

/** What somebody in charge said of it before counts now. */
async function nameAsTold(
  messenger: Messenger,
  { conversation, room: peer }: RoomPlace,
): Promise<void> {
  const { profile, groups } = messenger;
  const about = await takeAhead(profile, conversation);
  const membershipLog = await groups.membershipLogOf(conversation);
  if (about === undefined || membershipLog?.members.get(about.from)?.identity !== about.identity) {
    return;
  }
  const { lines, write } = await readAbout(profile, { conversation, membershipLog }, about);
  write?.();
  for (const line of lines) await note(messenger, { conversation, peer, ...line });
}
