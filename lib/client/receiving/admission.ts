/** Whether what somebody says reaches the person, waits for their word, or is thrown away. Nothing is written here. */

import { parseAccountId } from "../../base/account_name.ts";
import { type AccountId, type ConversationId, type Peer } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import { type HeldText, holdText, isAsking, isHeld, withdrawHeld } from "../contacts/requests.ts";
import type { GroupMember } from "../../crypto/mls/group_state.ts";
import { readChange, readTimer } from "../talk/change_reading.ts";
import { CHAT_MESSAGES, type ChatMessage } from "../../protocol/peer/chat.ts";
import { isOf, type SealedMessage } from "../../protocol/peer/payload.ts";
import { isDirect } from "../store/conversation_kinds.ts";

/** `write` stands in the transaction that stores what was read. */
interface Heard {
  readonly isHeard: boolean;
  readonly write?: () => void;
  /** A stranger who writes for the first time. */
  readonly asks?: AccountId;
}

const HEARD: Heard = { isHeard: true };
const UNHEARD: Heard = { isHeard: false };

/**
 * Whether anything of an account is worth opening in a conversation: nothing is of who is blocked, nor, between two people, of who
 * was declined. What comes of others is judged by what it says: who may not ask can still send what was said in a shared room.
 */
export function isWorthOpening(
  { profile: { own }, contacts: { contactStatuses } }: Messenger,
  { peer, from }: { readonly peer: Peer; readonly from: string },
): boolean {
  const account = parseAccountId(from);
  if (account === undefined || account === own.account) return true;
  const standing = contactStatuses.of(account);
  return standing !== "blocked" && (!isDirect(peer) || standing !== "declined");
}

/** Whether the person reads what this account writes and has answered nothing: it gets no sign of them. */
export function isUnanswered({ contacts: { contactStatuses } }: Messenger, peer: Peer): boolean {
  const account = isDirect(peer) ? parseAccountId(peer) : undefined;
  return account !== undefined && contactStatuses.hearing(account) === "texts";
}

/** Judges it by who said it. */
export async function judgeSaid(messenger: Messenger, said: ReceivedChange): Promise<Heard> {
  const { profile: { own }, contacts: { contactStatuses } } = messenger;
  const { peer, message, sender: { accountId: from } } = said;
  if (from === own.account) {
    // Another device of one's own writes, or confirms: the person knows the other side.
    return isDirect(peer) ? knownFromNow(messenger, peer) : HEARD;
  }
  // Receipts show forks (SR-27).
  if (message.kind === "receipt.delivered") return HEARD;
  const hearing = contactStatuses.hearing(from);
  if (hearing === "heard") return isDirect(peer) ? knownFromNow(messenger, from) : HEARD;
  const standing = contactStatuses.of(from);
  if (standing === "blocked") return UNHEARD;
  // In a room everybody is heard but the blocked.
  if (!isDirect(peer) || messenger.features.families.of(message)?.hearsStrangers) return HEARD;
  if (hearing === "texts" && isText(messenger, said)) return HEARD;
  if (hearing === "unheard") return UNHEARD;
  const kept = await keepForLater(messenger, said);
  if (kept === undefined) return UNHEARD;
  const { write, asks } = kept;
  return { isHeard: false, write, ...(asks && !isAsking(messenger, from) ? { asks: from } : {}) };
}

/** What the server's word lets in: texts, and what their author does to them. A file, a stream or a timer asks as ever. */
function isText(
  messenger: Messenger,
  { message, sender: { accountId: from } }: ReceivedChange,
): boolean {
  if (!isOf(CHAT_MESSAGES, message)) return false;
  switch (message.kind) {
    case "chat.text":
      return true;
    case "chat.edit":
    case "chat.delete":
    case "chat.reaction":
      return !isHeld(messenger, { from, id: message.fields.target });
    case "chat.timer":
      return false;
  }
}

function knownFromNow({ contacts: { contactStatuses } }: Messenger, account: AccountId): Heard {
  if (contactStatuses.of(account) !== undefined) return HEARD;
  return { isHeard: true, write: () => contactStatuses.find(account) };
}

/** Something said in a conversation. */
export interface ReceivedChange {
  readonly conversation: ConversationId;
  readonly peer: Peer;
  readonly message: SealedMessage;
  readonly sender: GroupMember;
  readonly epoch: number;
  /** The server's clock. */
  readonly atMs: number;
}

/** What is kept of a stranger's message. */
interface Kept {
  /** In the transaction that stores the envelope. */
  readonly write: () => void;
  /** It is one of which the person is told. */
  readonly asks: boolean;
}

/** Undefined for what is thrown away. */
export async function keepForLater(
  messenger: Messenger,
  said: ReceivedChange,
): Promise<Kept | undefined> {
  const { message, atMs, sender: { accountId: from } } = said;
  const family = messenger.features.families.of(message);
  const asked = family?.ofStranger(message);
  switch (asked?.result) {
    case "asks": {
      const { id, text } = asked;
      const held = { ...heldBy(said), id, text, sentAtMs: atMs, message };
      return { write: await holdText(messenger, held), asks: true };
    }
    case "withdraws":
      return { write: () => withdrawHeld(messenger, { from, id: asked.id }), asks: false };
    case undefined: {
      if (!isOf(CHAT_MESSAGES, message)) return undefined;
      const write = await keepChat(messenger, said, message);
      return { write, asks: message.kind === "chat.text" };
    }
  }
}

async function keepChat(
  messenger: Messenger,
  said: ReceivedChange,
  message: ChatMessage,
): Promise<() => void> {
  const { conversation, peer, epoch, atMs, sender: { accountId: from } } = said;
  switch (message.kind) {
    case "chat.text": {
      const { id, sentAtMs, replyTo, expireSeconds } = message.fields;
      return await holdText(messenger, {
        ...heldBy(said),
        id,
        text: message.text,
        sentAtMs,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(expireSeconds === undefined ? {} : { expireSeconds }),
      });
    }
    case "chat.delete":
      return () => withdrawHeld(messenger, { from, id: message.fields.target });
    case "chat.edit":
    case "chat.reaction": {
      const by = { conversation, account: from, epoch, atMs };
      const write = await readChange(messenger, message, by);
      // Of nothing else: a stranger could fill the disk with changes to what never comes.
      return () => {
        if (isHeld(messenger, { from, id: message.fields.target })) write();
      };
    }
    case "chat.timer":
      return readTimer(messenger, message, { conversation, peer, account: from }).write;
  }
}

function heldBy(
  { conversation, epoch, atMs, sender: { accountId: from, deviceId: device } }: ReceivedChange,
): Pick<HeldText, "conversation" | "epoch" | "atMs" | "from" | "device"> {
  return { conversation, epoch, atMs, from, device };
}
