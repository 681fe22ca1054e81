/** Whether what somebody says reaches the person, waits for their word, or is thrown away. Nothing is written here. */

import { parseAccountId } from "../../base/account_name.ts";
import { type AccountId, isRoom, type Peer } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import { keepForLater, type ReceivedChange } from "./held_changes.ts";
import { isAsking } from "../contacts/requests.ts";

/** `write` stands in the transaction that stores what was read. */
export interface Heard {
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
  if (standing !== undefined) return UNHEARD;
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
