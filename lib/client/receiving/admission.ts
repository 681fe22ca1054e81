/** Whether what somebody says reaches the person, waits for their word, or is thrown away. Nothing is written here. */

import { parseAccountId } from "../../base/account_name.ts";
import { type AccountId, type ConversationId, isRoom, type Peer } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import { type HeldText, holdText, isAsking, isHeld, withdrawHeld } from "../contacts/requests.ts";
import type { GroupMember } from "../../crypto/mls/group_state.ts";
import { readChange, readTimer } from "../talk/change_reading.ts";
import type { PeerMessage } from "../store/inbound.ts";

/** `write` stands in the transaction that stores what was read. */
interface Heard {
  readonly isHeard: boolean;
  readonly write?: () => void;
  /** A stranger who writes for the first time. */
  readonly asks?: AccountId;
}

/** What a stranger says for the first time, of which the person is told. */
const REQUESTS: ReadonlySet<string> = new Set(["chat.text", "file.offer", "stream.offer"]);

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
  return standing !== "blocked" && (isRoom(peer) || standing !== "declined");
}

/** Judges it by who said it. */
export async function judgeSaid(messenger: Messenger, said: ReceivedChange): Promise<Heard> {
  const { profile: { own }, contacts: { contactStatuses } } = messenger;
  const { peer, message, sender: { accountId: from } } = said;
  if (from === own.account) {
    // Another device of one's own writes, or confirms: the person knows the other side.
    return isRoom(peer) ? HEARD : knownFromNow(messenger, peer);
  }
  // Receipts show forks (SR-27).
  if (message.kind === "receipt.delivered") return HEARD;
  const hearing = contactStatuses.hearing(from);
  if (hearing === "heard") return isRoom(peer) ? HEARD : knownFromNow(messenger, from);
  const standing = contactStatuses.of(from);
  if (standing === "blocked") return UNHEARD;
  // In a room everybody is heard but the blocked; control messages of a room are judged with it.
  const isOfRoom = message.kind === "room.about" || message.kind === "room.past";
  if (isRoom(peer) || isOfRoom) return HEARD;
  if (hearing !== "asking") return UNHEARD;
  const write = await keepForLater(messenger, said);
  if (write === undefined) return UNHEARD;
  const isFirst = REQUESTS.has(message.kind) && !isAsking(messenger, from);
  return { isHeard: false, write, ...(isFirst ? { asks: from } : {}) };
}

function knownFromNow({ contacts: { contactStatuses } }: Messenger, account: AccountId): Heard {
  if (contactStatuses.of(account) !== undefined) return HEARD;
  return { isHeard: true, write: () => contactStatuses.find(account) };
}

/** Something said in a conversation. */
export interface ReceivedChange {
  readonly conversation: ConversationId;
  readonly peer: Peer;
  readonly message: PeerMessage;
  readonly sender: GroupMember;
  readonly epoch: number;
  /** The server's clock. */
  readonly atMs: number;
}

/** In place of a stranger's offer: names of files are a stranger's words. */
const OFFERS_FILES = "[wants to send you files: accept this person to see them]";
/** In place of a stranger's stream. */
const OFFERS_STREAM = "[wants to show you a video: accept this person to see it]";

/** What to write in the transaction that stores the envelope; undefined for what is thrown away. */
export async function keepForLater(
  messenger: Messenger,
  said: ReceivedChange,
): Promise<(() => void) | undefined> {
  const { conversation, peer, message, epoch, atMs, sender: { accountId: from } } = said;
  switch (message.kind) {
    case "chat.text": {
      const { id, sentAtMs, replyTo, expireSeconds } = message.fields;
      const { text } = message;
      return await holdText(messenger, {
        ...heldBy(said),
        id,
        text,
        sentAtMs,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(expireSeconds === undefined ? {} : { expireSeconds }),
      });
    }
    // By the transfer's id, by which it is withdrawn.
    case "file.offer": {
      const { fields, fields: { transfer: id } } = message;
      const held = { ...heldBy(said), id, text: OFFERS_FILES, sentAtMs: atMs, offer: fields };
      return await holdText(messenger, held);
    }
    // It waits no longer for that than for anything else: an offer whose time is over is told as missed.
    case "stream.offer": {
      const { fields, fields: { stream: id } } = message;
      const held = { ...heldBy(said), id, text: OFFERS_STREAM, sentAtMs: atMs, stream: fields };
      return await holdText(messenger, held);
    }
    case "stream.stop":
      return () => withdrawHeld(messenger, { from, id: message.fields.stream });
    case "file.cancel":
      return () => withdrawHeld(messenger, { from, id: message.fields.transfer });
    case "chat.delete":
      return () => withdrawHeld(messenger, { from, id: message.fields.target });
    case "chat.edit":
    case "chat.reaction": {
      const write = await readChange(messenger, message, {
        conversation,
        account: from,
        epoch,
        atMs,
      });
      // Of nothing else: a stranger could fill the disk with changes to what never comes.
      return () => {
        if (isHeld(messenger, { from, id: message.fields.target })) write();
      };
    }
    case "chat.timer":
      return readTimer(messenger, message, { conversation, peer, account: from }).write;
    default:
      return undefined;
  }
}

function heldBy(
  { conversation, epoch, atMs, sender: { accountId: from, deviceId: device } }: ReceivedChange,
): Pick<HeldText, "conversation" | "epoch" | "atMs" | "from" | "device"> {
  return { conversation, epoch, atMs, from, device };
}
