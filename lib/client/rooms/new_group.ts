/** The group and the first entry of a new room, before the server knows of it. */

import { Refusal } from "../../base/errors.ts";
import { type AccountId, type ConversationId, fingerprint } from "../../base/ids.ts";
import { createGroup } from "../../crypto/mls/create.ts";
import { describeGroup } from "../../crypto/mls/group_info.ts";
import { DEFAULT_SUITE, type SuiteName, SUITES } from "../../crypto/mls/suite.ts";
import {
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  roomGroupId,
} from "../../crypto/room/membership_log.ts";
import { foundingPolicy } from "../../crypto/room/room_policy.ts";
import { knownRemovals } from "../groups/agreed_removals.ts";
import type { Messenger } from "../store/messenger.ts";
import { ownDevice } from "../profile/profile.ts";
import { readEntry } from "../groups/membership_logs.ts";
import { newRoomNonce, signEntry } from "./invitations.ts";

/** Accounts above which a room gets the classical suite: with two devices each it passes 50. */
const MAX_HYBRID_ACCOUNTS = 25;

/** A room of this device alone. */
export interface RoomGroup {
  readonly conversation: ConversationId;
  readonly membershipLog: MembershipLog;
  readonly state: Awaited<ReturnType<typeof createGroup>>;
  readonly groupInfo: Awaited<ReturnType<typeof describeGroup>>;
  /** The first entry. */
  readonly entry: Awaited<ReturnType<typeof signEntry>>;
}

/** Makes a room into which these accounts are to come; `replaces` is the one that it repairs. */
export async function makeRoomGroup(
  messenger: Messenger,
  link: Parameters<typeof readEntry>[1],
  { guests, replaces }: { guests: readonly AccountId[]; replaces?: ConversationId },
): Promise<RoomGroup> {
  const { profile, verifier, directory: { revocations } } = messenger;
  const { own, clock } = profile;
  const nonce = newRoomNonce(profile);
  const bytes = await signEntry(profile, foundingRoles(nonce, own.account, replaces));
  const conversation = roomGroupId(nonce, await fingerprint(bytes));
  const founded = await createMembershipLog(conversation, await readEntry(messenger, link, bytes));
  if (!founded.ok) throw new Refusal("not-allowed", "The own certificate founds no room");
  const { membershipLog } = founded;
  // Who comes is not known by an identity yet: a list counts for that alone which signed it.
  const coming = guests.flatMap((accountId) =>
    revocations.identitiesOf(accountId).map((identity) => ({ accountId, identity }))
  );
  const state = await createGroup({
    groupId: conversation,
    device: ownDevice(profile),
    verifier,
    policy: foundingPolicy(membershipLog),
    nowMs: clock.nowMs(),
    suite: suiteFor(guests.length + 1),
    removals: await knownRemovals(messenger, coming),
  });
  const groupInfo = await describeGroup(state);
  return { conversation, membershipLog, state, groupInfo, entry: bytes };
}

function suiteFor(accounts: number): SuiteName {
  return accounts <= MAX_HYBRID_ACCOUNTS ? DEFAULT_SUITE : SUITES[1];
}
