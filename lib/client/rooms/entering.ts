/**
 * Coming into a room by external commit: an invited account's first device, a further device of a member, or one whose state
 * was lost (SR-33, SR-36).
 */

import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId, type RoomHandle } from "../../base/ids.ts";
import { joinExternally } from "../../crypto/mls/external_join.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import { type Charter, roleOf } from "../../crypto/room/charter.ts";
import { encodeCommitData, readCommitData } from "../../crypto/room/commit_data.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import { tryDryJoin } from "../messaging/committing.ts";
import { arrive, type Joined } from "../messaging/joining.ts";
import { meet } from "../messaging/meeting.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { withCertificates } from "../messaging/mls_steps.ts";
import { exclusively } from "../profile/exclusively.ts";
import { ownDevice } from "../profile/profile.ts";
import { fetchCharter, readEntry } from "./charters.ts";

/** Whoever commits at the same moment wins one of the tries. */
const MAX_TRIES = 8;

/** A room and what it is called. */
export interface RoomPlace {
  readonly conversation: ConversationId;
  readonly room: RoomHandle;
  /** The charter of the room that it takes the place of: who invites must be an owner of that one (SR-35). */
  readonly successorOf?: Charter;
}

/**
 * Comes in, with what this device still knows of the room compared to what the server shows. Throws Refusal `not-member`,
 * TrustError when who invites has another identity than the pinned one.
 */
export async function enterRoom(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<Joined> {
  return await exclusively(messenger.profile, "join", async (isHeld) => {
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
  { conversation, room, successorOf, isHeld }: RoomPlace & { isHeld: () => boolean },
): Promise<boolean> {
  const { profile, verifier, groups, outbox } = messenger;
  const known = await groups.load(conversation);
  const charter = await fetchCharter(messenger, link, conversation, known?.charter);
  const invitation = await findInvitation(messenger, link, charter);
  const isHeir = successorOf === undefined ||
    invitation !== undefined && roleOf(successorOf, invitation.signer) === "owner";
  if (!isHeir) throw new CryptoError("refused", "No owner of the room before invites to this one");
  const { payload: groupInfo } = await link.ask("relay.group", { conversation });
  const authenticatedData = encodeCommitData(charter, invitation?.bytes);
  const nowMs = profile.clock.nowMs();
  const { change } = await withCertificates(
    messenger,
    link,
    () => readCommitData(authenticatedData, charter, { verifier, atMs: nowMs }),
  );
  const join = await withCertificates(messenger, link, () =>
    joinExternally(groupInfo, {
      groupId: conversation,
      device: ownDevice(profile),
      verifier,
      policy: roomPolicy(change),
      nowMs,
      authenticatedData,
      ...(known === undefined ? {} : { known: known.state }),
    }));
  if (invitation?.facts.type === "admission" && join.next.epoch - 1 < invitation.facts.epoch) {
    throw new CryptoError("refused", "The server shows an older room than the invitation is for");
  }
  await tryDryJoin(messenger, join, change.after);
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
    version: charter.version,
    joins: true,
    removed: join.removed.map((gone) => ({ account: gone.accountId, device: gone.deviceId })),
    sizes,
  }, payload);
  if (!fields.accepted) return false;
  const at = { conversation, peer: room, charter: change.after };
  return await arrive(messenger, at, { join, seq: fields.seq, isHeld });
}

/** The invitation of this account, unless it is in already. Who signed it must be who this person knows by that name. */
async function findInvitation(
  messenger: Messenger,
  link: Link,
  charter: Charter,
): Promise<VerifiedEntry | undefined> {
  const { own } = messenger.profile;
  const { groupId: conversation } = charter;
  if (charter.members.has(own.account)) return undefined;
  const { payload } = await link.ask("room.invitation", { conversation });
  const entry = await readEntry(messenger, link, payload.slice());
  const { facts, signer } = entry;
  const isForUs = facts.type === "admission" && facts.account === own.account &&
    facts.identity === own.identity.key.fingerprint && charter.version >= facts.version;
  if (!isForUs) throw new Refusal("not-member", "The invitation is not for this account");
  const host = await meet(messenger, link, signer.account);
  if (host.changedTo !== undefined || host.pinned !== signer.identity) {
    throw new TrustError(
      "identity-changed",
      `${host.name}, who invites, has another identity than before: accept it first`,
      { details: { account: host.account, pinned: host.pinned } },
    );
  }
  return entry;
}
