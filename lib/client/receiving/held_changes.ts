/**
 * What a stranger says until the person decides: texts and offers wait, and what the stranger does to them meanwhile is done to
 * what waits. So an accepted request is what it would be, had it been heard at once.
 */

import type { ConversationId, Peer } from "../../base/ids.ts";
import type { GroupMember } from "../../crypto/mls/group_state.ts";
import { readChange, readTimer } from "../talk/change_reading.ts";
import type { PeerMessage } from "../store/inbound.ts";
import type { Messenger } from "../store/messenger.ts";
import { type HeldText, holdText, isHeld, withdrawHeld } from "../contacts/requests.ts";

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
