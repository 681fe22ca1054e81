/**
 * Devices that were removed go out of the groups (SR-10). What is to be done follows from the lists and the groups alone, so
 * it is done also when this device was away, or ended in the middle.
 */

import { CryptoError } from "../../base/errors.ts";
import type { ConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { removeMembers } from "../../crypto/mls/commit.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { fetchOwnRevocations } from "../devices/own_revocations.ts";
import type { Link } from "../link.ts";
import { propose } from "./committing.ts";
import type { Conversation } from "./conversations.ts";
import { isOpenTo } from "./hearing.ts";
import type { Messenger } from "./messenger.ts";

const log = logger("client", "sweeping");

/** `removing`: a removed device is in the group still, and the commit that removes it is on its way. */
export type Swept = "clean" | "removing";

/** Whether a removed device may be in the group. In a stranger's nothing is done: a commit shows that somebody is there. */
export function isUnswept(messenger: Messenger, { state, swept, peer }: Conversation): boolean {
  return state === "active" && swept < messenger.directory.revocations.revision &&
    isOpenTo(messenger, peer);
}

/** Looks through a group if there is a reason to. A commit goes into the outbox. */
export async function sweep(
  messenger: Messenger,
  conversation: ConversationId,
): Promise<Swept> {
  const { conversations, groups, profile, directory } = messenger;
  const known = conversations.find(conversation);
  if (known === undefined || !isUnswept(messenger, known)) return "clean";
  const { revision } = directory.revocations;
  const group = await groups.load(conversation);
  if (group === undefined) return "clean";
  const isRoom = group.charter !== undefined;
  if (leavesToRemove(messenger, group.state, isRoom).length === 0) {
    profile.database.transaction(() => {
      // Who came in meanwhile is looked at the next time.
      if (groups.ageOf(conversation)?.version !== group.version) return;
      conversations.setSwept(conversation, revision);
    });
    return "clean";
  }
  try {
    await propose(messenger, conversation, {
      make: (state, context) =>
        removeMembers(state, leavesToRemove(messenger, state, isRoom), context),
    });
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    log.warn("cannot remove device", { code: error.code });
  }
  return "removing";
}

/**
 * The same in all conversations; returns in how many a removed device is still. `link`: asks the server first which devices
 * this account has removed. Throws TrustError `bad-directory`.
 */
export async function sweepAll(messenger: Messenger, link?: Link): Promise<number> {
  if (link !== undefined) await fetchOwnRevocations(messenger, link);
  let removing = 0;
  for (const known of messenger.conversations.list()) {
    if (!isUnswept(messenger, known)) continue;
    if (await sweep(messenger, known.conversation) === "removing") removing++;
  }
  return removing;
}

/** In a room an account tidies up its own devices; in a direct conversation either side may. */
function leavesToRemove(
  { profile: { own }, directory: { revocations } }: Messenger,
  { members, ownLeafIndex }: GroupState,
  isRoom: boolean,
): readonly number[] {
  return members.filter((member) =>
    member.leafIndex !== ownLeafIndex &&
    (!isRoom || member.accountId === own.account) &&
    revocations.isRevoked(member)
  ).map(({ leafIndex }) => leafIndex);
}
