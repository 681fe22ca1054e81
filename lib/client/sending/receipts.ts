/** Sealed receipts: what was received is confirmed to its sender, and what was sent is delivered by nothing else (SR-27). */

import { decodeBase64, encodeBase64, equalBytes } from "../../base/bytes.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId } from "../../base/ids.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { SHORT_HASH_BYTES } from "../../protocol/peer/payload.ts";
import { MAX_RECEIPT_ITEMS, type ReceiptMessage } from "../../protocol/peer/receipt.ts";
import type { Messenger } from "../store/messenger.ts";
import { seal } from "./sealer.ts";

/** One envelope that a receipt confirms. */
export type ReceiptItem = ReceiptMessage["fields"]["items"][number];

/** Inside a transaction: a message was stored, and its sender is to be told. */
export function oweReceipt(
  { profile }: Messenger,
  conversation: ConversationId,
  message: { id: string; epoch: number },
): void {
  profile.database.command("INSERT OR IGNORE INTO receipt_due VALUES (?, ?, ?)")
    .run(conversation, message.id, message.epoch);
}

/** The conversations in which receipts are due. */
export function conversationsOwing({ profile }: Messenger): readonly ConversationId[] {
  return profile.database.query(
    "SELECT DISTINCT conversation FROM receipt_due",
    // Written by `oweReceipt` from a branded value.
    (row) => row.text("conversation") as ConversationId,
  ).all();
}

/** Seals the receipts that are due in a conversation. The caller has made sure that the contact is trusted (SR-07). */
export async function sealReceipts(
  messenger: Messenger,
  conversation: ConversationId,
): Promise<void> {
  const { profile, groups } = messenger;
  for (;;) {
    const due = receiptsDue(messenger, conversation);
    if (due.length === 0) return;
    const items = due.flatMap(({ id, epoch }) => {
      const transcript = groups.epochs.transcriptOf(conversation, epoch);
      return transcript === undefined ? [] : [{ id, epoch, transcript: shortHash(transcript) }];
    });
    const sealed = await seal(messenger, conversation, [{
      envelope: newEnvelopeId(profile.random),
      payload: (chain) => encodePacket({ kind: "receipt.delivered", ...chain, items }),
      isDue: () => isDue(messenger, conversation, due[0].id),
      commit: () => {
        const remove = profile.database.command(
          "DELETE FROM receipt_due WHERE conversation = ? AND id = ?",
        );
        for (const { id } of due) remove.run(conversation, id);
      },
    }]);
    if (sealed === "closed" || sealed === "held") return;
  }
}

/** What a receipt's word about one message is worth. */
export type ReceiptVerdict =
  | "true"
  /** The device lies: it cannot have seen what it says. */
  | "false"
  /** About a time before one of the two devices came in: it may have seen another history then, and did not choose it. */
  | "unknown";

/**
 * Judges what a receipt says of one message (SR-27). Who seals in an epoch signs that epoch's confirmed transcript hash, which is
 * a chain over all commits before it (RFC 9420 §8.2); so both devices have one history since both are in, and know its hash of
 * each epoch. A server that forks the group makes messages that do not open, and no false receipt.
 */
export function judgeReceipt(
  { groups }: Messenger,
  { epoch, transcript }: ReceiptItem,
  sealed: {
    readonly state: GroupState;
    /** In which the receipt was sealed. */
    readonly epoch: number;
    /** Since when both devices are in. */
    readonly sinceEpoch: number;
  },
): ReceiptVerdict {
  const { state } = sealed;
  if (epoch > sealed.epoch) return "false";
  const mine = state.transcriptHashOf(epoch) ?? groups.epochs.transcriptOf(state.groupId, epoch);
  if (mine === undefined) return "unknown";
  const theirs = decodeBase64(transcript);
  const isEqual = theirs !== undefined && equalBytes(mine.slice(0, SHORT_HASH_BYTES), theirs);
  if (isEqual) return "true";
  return epoch < sealed.sinceEpoch ? "unknown" : "false";
}

/**
 * Inside a transaction: marks delivered what this conversation's receipt confirms, as far as it was sealed here and in that
 * very epoch. Returns what is news.
 */
export function markDelivered(
  { profile }: Messenger,
  conversation: ConversationId,
  items: readonly ReceiptItem[],
): readonly string[] {
  const mark = profile.database.command(
    `UPDATE delivery SET state = 'delivered'
      WHERE id = ? AND conversation = ? AND epoch = ? AND state IN ('sealed', 'sent', 'failed')`,
  );
  return items.filter(({ id, epoch }) => mark.run(id, conversation, epoch) > 0).map(({ id }) => id);
}

function receiptsDue({ profile }: Messenger, conversation: ConversationId) {
  return profile.database.query(
    "SELECT id, epoch FROM receipt_due WHERE conversation = ? ORDER BY epoch, id LIMIT ?",
    // Written by `oweReceipt`: the id of an envelope that was opened.
    (row) => ({ id: row.text("id") as EnvelopeId, epoch: row.integer("epoch") }),
  ).all(conversation, MAX_RECEIPT_ITEMS);
}

function isDue({ profile }: Messenger, conversation: ConversationId, id: EnvelopeId): boolean {
  return profile.database.has(
    "SELECT id FROM receipt_due WHERE conversation = ? AND id = ?",
    conversation,
    id,
  );
}

function shortHash(transcript: Uint8Array<ArrayBuffer>): string {
  return encodeBase64(transcript.slice(0, SHORT_HASH_BYTES));
}
