/** Whether what somebody says reaches the person, waits for their word, or is thrown away. Nothing is written here. */

import { type AccountId, type ConversationId, isRoom, type Peer } from "../../base/ids.ts";
import type { GroupMember } from "../../crypto/mls/group_state.ts";
import type { PeerMessage } from "./inbound.ts";
import type { Messenger } from "./messenger.ts";
import { holdText, isAsking } from "./requests.ts";

/** Something said in a conversation. */
export interface SaidThere {
  readonly conversation: ConversationId;
  readonly peer: Peer;
  readonly message: PeerMessage;
  readonly sender: GroupMember;
  readonly epoch: number;
  /** The server's clock. */
  readonly atMs: number;
}

/** `write` stands in the transaction that stores what was read. */
export interface Heard {
  readonly isHeard: boolean;
  readonly write?: () => void;
  /** A stranger who writes for the first time. */
  readonly asks?: AccountId;
}

/** In place of a stranger's offer. */
const OFFERS_FILES = "[wants to send you files: accept this person, and ask for them again]";
/** In place of a stranger's stream. */
const OFFERS_STREAM = "[wants to show you a video: accept this person, and ask for it again]";

const HEARD: Heard = { isHeard: true };
const UNHEARD: Heard = { isHeard: false };

/** Judges it by who said it. */
export async function judgeSaid(messenger: Messenger, said: SaidThere): Promise<Heard> {
  const { profile: { own }, contacts: { standings } } = messenger;
  const { peer, message, sender: { accountId: from } } = said;
  if (from === own.account) {
    // Another device of one's own writes, or confirms: the person knows the other side.
    return isRoom(peer) ? HEARD : knownFromNow(messenger, peer);
  }
  // Receipts show forks (SR-27).
  if (message.kind === "receipt.delivered") return HEARD;
  const hearing = standings.hearing(from);
  if (hearing === "heard") return isRoom(peer) ? HEARD : knownFromNow(messenger, from);
  const standing = standings.of(from);
  if (standing === "blocked") return UNHEARD;
  // In a room everybody is heard but the blocked; letters of a room are judged with it.
  const isOfRoom = message.kind === "room.about" || message.kind === "room.past";
  if (isRoom(peer) || isOfRoom) return HEARD;
  if (standing !== undefined) return UNHEARD;
  if (hearing !== "asking") return UNHEARD;
  if (message.kind === "chat.text") return await hold(messenger, said, message);
  // The offer itself is not kept: names of files are a stranger's words, and an upload ends.
  if (message.kind === "file.offer") {
    const { fields: { id } } = message;
    const fields = { id, sentAtMs: said.atMs };
    return await hold(messenger, said, { fields, text: OFFERS_FILES });
  }
  if (message.kind === "stream.offer") {
    const { fields: { id, sentAtMs } } = message;
    return await hold(messenger, said, { fields: { id, sentAtMs }, text: OFFERS_STREAM });
  }
  return UNHEARD;
}

/** Whether an own device may show itself to the other side of a conversation, e.g. by renewing its keys. */
export function isOpenTo({ contacts: { standings } }: Messenger, peer: Peer): boolean {
  return isRoom(peer) || standings.hearing(peer) === "heard";
}

function knownFromNow({ contacts: { standings } }: Messenger, account: AccountId): Heard {
  if (standings.of(account) !== undefined) return HEARD;
  return { isHeard: true, write: () => standings.set(account, "known") };
}

async function hold(
  messenger: Messenger,
  { conversation, sender, epoch, atMs }: SaidThere,
  { fields: { id, sentAtMs }, text }: {
    readonly fields: { readonly id: string; readonly sentAtMs: number };
    readonly text: string;
  },
): Promise<Heard> {
  const { accountId: from, deviceId: device } = sender;
  const write = await holdText(messenger, {
    id,
    from,
    device,
    text,
    sentAtMs,
    atMs,
    conversation,
    epoch,
  });
  return { isHeard: false, write, ...(isAsking(messenger, from) ? {} : { asks: from }) };
}
