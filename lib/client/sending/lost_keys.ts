/**
 * When the ratchets on disk may have been used already, by the profile that a copy was made of or by another copy, none of
 * them may be used again (SR-23): all keys of conversations are given up.
 */

import { logger } from "../../base/log.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";

const log = logger("client", "rollback");

/** Looks whether the profile was restored, and if so gives up all keys on disk before any of them could be used. */
export function noticeRollback(messenger: Messenger, highestNumber: number): void {
  const { profile, outbox } = messenger;
  profile.database.transaction(() => {
    if (highestNumber <= outbox.highestNumber) return;
    log.warn("profile was restored from a copy", { highestNumber });
    outbox.skipTo(highestNumber);
    giveUpKeys(messenger);
  });
}

/**
 * The server has another envelope under the number of this message: a second copy of this profile is alive, and seals with
 * the same keys. They are given up, and the text goes out anew.
 */
export async function noticeCopy(messenger: Messenger, row: OutboxRow): Promise<void> {
  const { conversations, drafts, outbox } = messenger;
  const { conversation } = row;
  const peer = conversations.find(conversation)?.peer;
  if (peer === undefined) return;
  log.warn("profile is in use elsewhere", { number: row.number });
  const text =
    "A copy of this profile is in use elsewhere: the conversation goes on with fresh keys. Use only one of them";
  await record(
    messenger,
    [noticeEntry(messenger, { conversation, peer, code: "copied", text })],
    () => {
      // Another process has noticed it already.
      if (!outbox.holds(row)) return false;
      drafts.takeBack(row.envelope);
      outbox.remove(row.number);
      giveUpKeys(messenger);
      return true;
    },
  );
}

/** Inside a transaction. */
function giveUpKeys({ conversations }: Messenger): void {
  for (const { conversation, state } of conversations.list()) {
    if (state !== "out-of-step" && state !== "ahead") conversations.setState(conversation, "lost");
  }
}
