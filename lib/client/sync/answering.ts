/** What a device says after it has received: receipts, key updates that are due, texts that waited, and what is missing. */

import { parseConversationId, type Peer } from "../../base/ids.ts";
import { tellDisputed } from "../devices/disputed.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { holdOutOfStep } from "../groups/out_of_step.ts";
import { conversationsOwing, sealReceipts } from "../sending/receipts.ts";
import { beginAheadAnew } from "../recovery/restored_server.ts";
import { isUnswept } from "../devices/sweeping.ts";
import { keepUp } from "../groups/key_rotation.ts";

/** Receipts for what was received, and whatever else can leave now; and what the owner is to know of their devices. `everywhere`: looks for what is due in each conversation. */
export async function answer(
  messenger: Messenger,
  link: Link,
  syncEngine: { isOpen(peer: Peer): Promise<boolean>; send(): Promise<void> },
  options: { everywhere?: boolean } = {},
): Promise<void> {
  await tellDisputed(messenger, link);
  const owing = new Set(conversationsOwing(messenger));
  for (const known of messenger.conversations.list()) {
    const { conversation, peer, state } = known;
    // Nothing is said to a device that was removed.
    if (isUnswept(messenger, known)) continue;
    const owes = owing.has(conversation);
    if (state !== "active" || !owes && options.everywhere !== true) continue;
    // A held contact gets no receipts either (SR-07).
    if (owes && await syncEngine.isOpen(peer)) await sealReceipts(messenger, conversation);
    await keepUp(messenger, conversation);
  }
  await syncEngine.send();
}

/** When everything that waited was read: what has to begin anew does so, and what is missing now is told. */
export async function concludeReading(
  messenger: Messenger,
  link: Link,
  flush: () => Promise<void>,
): Promise<void> {
  await beginAheadAnew(messenger, link, flush);
  await tellMissing(messenger);
  await tellWithheld(messenger);
}

/** Numbers of a sender that did not come, though everything after them did (SR-28). */
async function tellMissing(messenger: Messenger): Promise<void> {
  const { chains, conversations } = messenger;
  const missing = chains.listMissing();
  const entries = missing.flatMap(({ conversation, device, count }) => {
    const peer = conversations.find(conversation)?.peer;
    // What it was nobody knows who does not have it: a receipt has a number as well.
    const text = count === 1
      ? "A message or a receipt is missing: it was sent, and did not arrive here"
      : `${count} messages or receipts are missing: they were sent, and did not arrive here`;
    if (peer === undefined) return [];
    return [noticeEntry(messenger, { conversation, peer, code: "missing", text, device })];
  });
  if (missing.length === 0) return;
  await record(messenger, entries, () => {
    for (const gap of missing) chains.setTold(gap);
    return true;
  });
}

/** Messages of an epoch whose commit never came (SR-25). */
async function tellWithheld(messenger: Messenger): Promise<void> {
  for (const id of messenger.parked.aheadIn()) {
    const conversation = parseConversationId(id);
    if (conversation !== undefined) await holdOutOfStep(messenger, conversation, "withheld");
  }
}
