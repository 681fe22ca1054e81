/** Keys are renewed and old ones erased (SR-29): gives back secrecy after a theft, bounds what a stolen state opens. */

import { CryptoError } from "../../base/errors.ts";
import type { ConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { updateKeys } from "../../crypto/mls/commit.ts";
import { forgetEpochsBelow } from "../../crypto/mls/group_state.ts";
import { propose } from "./committing.ts";
import type { Messenger } from "../store/messenger.ts";

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
