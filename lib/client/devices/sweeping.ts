/**
 * Devices that were removed go out of the groups (SR-10). What is to be done follows from the lists and the groups alone, so
 * it is done also when this device was away, or ended in the middle.
 */

import { CryptoError, type TrustError } from "../../base/errors.ts";
import type { ConversationId, Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { removeMembers, updateKeys } from "../../crypto/mls/commit.ts";
import { judgesRemovals } from "../../crypto/mls/group_removals.ts";
import {
  askRemovals,
  heldError,
  lacksOwn,
  namedAmong,
  namingFirst,
  removedIn,
} from "../groups/agreed_removals.ts";
import { fetchOwnRevocations } from "./own_revocations.ts";
import type { Link } from "../link/link.ts";
import { propose } from "../groups/committing.ts";
import { isDirect } from "../store/conversation_kinds.ts";
import type { Messenger } from "../store/messenger.ts";
import type { Conversation } from "../store/conversations.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";

const log = logger("client", "sweeping");

/**
 * `removing`: a removed device is in the group still, and the commit that removes it is on its way. `carrying`: none is, and
 * a commit on its way brings this account's list in, so that none comes. An error: one is in, and cannot be removed from here.
 */
export type Swept = "clean" | "removing" | "carrying" | TrustError;

/** Whether a removed device may be in the group. In a stranger's nothing is done: a commit shows that somebody is there. */
export function isUnswept(messenger: Messenger, { state, swept, peer }: Conversation): boolean {
  return state === "active" && swept < messenger.directory.revocations.revision &&
    messenger.contacts.contactStatuses.isOpenTo(peer);
}

/**
 * Looks through a group if there is a reason to. A commit goes into the outbox. `link`: asks the server for lists that are
 * needed and not kept here; rejects as `Link.ask` when it ends.
 */
export async function sweep(
  messenger: Messenger,
  conversation: ConversationId,
  link?: Link,
): Promise<Swept> {
  const { conversations, groups, profile, directory } = messenger;
  const known = conversations.find(conversation);
  if (known === undefined || !isUnswept(messenger, known)) return "clean";
  const { revision } = directory.revocations;
  const group = await groups.load(conversation);
  if (group === undefined) return "clean";
  if (removedIn(messenger, group.state).length > 0) {
    return await putOut(messenger, known, { state: group.state, link });
  }
  if (await lacksOwn(messenger, group.state) && await carryOwn(messenger, conversation)) {
    return "carrying";
  }
  profile.database.transaction(() => {
    // Who came in meanwhile is looked at the next time.
    if (groups.ageOf(conversation)?.version !== group.version) return;
    conversations.setSwept(conversation, revision);
  });
  return "clean";
}

async function putOut(
  messenger: Messenger,
  { conversation, peer }: Conversation,
  { state, link }: { state: GroupState; link: Link | undefined },
): Promise<Swept> {
  const removed = removedIn(messenger, state);
  const named = await namedAmong(messenger, state, removed);
  const unnamed = removed.filter((device) => !named.includes(device));
  // The device is known, and the list that says so is not: other members would not follow.
  if (link !== undefined) await askRemovals(messenger, link, unnamed);
  const held = heldError(peer, removed[0]);
  if ((await removable(messenger, peer, state)).length === 0) return held;
  try {
    await propose(messenger, conversation, {
      make: async (state, context) => {
        const removals = namingFirst(context.removals ?? [], removed);
        const leaves = await removable(messenger, peer, state);
        return await removeMembers(state, leaves, { ...context, removals });
      },
    });
    return "removing";
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    log.warn("cannot remove device", { code: error.code });
    // Somebody else has done it meanwhile, or it cannot be done.
    const now = await messenger.groups.load(conversation);
    const isOut = now === undefined || removedIn(messenger, now.state).length === 0;
    return isOut ? "removing" : held;
  }
}

/** False when the group does not take a commit of this device: then it is not tried again for every text. */
async function carryOwn(messenger: Messenger, conversation: ConversationId): Promise<boolean> {
  try {
    await propose(messenger, conversation, { make: updateKeys });
    return true;
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    log.warn("cannot carry removed devices", { code: error.code });
    return false;
  }
}

/**
 * The same in all conversations; returns in how many commits for that are on their way. `link`: asks the server first which
 * devices this account has removed. Throws TrustError `bad-directory`.
 */
export async function sweepAll(messenger: Messenger, link?: Link): Promise<number> {
  if (link !== undefined) await fetchOwnRevocations(messenger, link);
  let removing = 0;
  for (const known of messenger.conversations.list()) {
    if (!isUnswept(messenger, known)) continue;
    const swept = await sweep(messenger, known.conversation, link);
    if (swept === "removing" || swept === "carrying") removing++;
  }
  return removing;
}

/**
 * In a direct conversation either side removes them. In a room an account removes its own, and whoever is there those of
 * others, where all programs know that their lists count, and the tree has such a list after the commit.
 */
async function removable(
  messenger: Messenger,
  peer: Peer,
  state: GroupState,
): Promise<readonly number[]> {
  const { own } = messenger.profile;
  const removed = removedIn(messenger, state);
  if (isDirect(peer)) return removed.map(({ leafIndex }) => leafIndex);
  const named = await namedAmong(messenger, state, removed);
  const leaves = removed.filter((device) =>
    device.accountId === own.account || named.includes(device)
  ).map(({ leafIndex }) => leafIndex);
  // What goes need not know it.
  if (judgesRemovals(state, leaves)) return leaves;
  return removed.filter(({ accountId }) => accountId === own.account)
    .map(({ leafIndex }) => leafIndex);
}
