/** What is due in one room of the server's list. */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, roomHandle } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { comeIn } from "./coming_in.ts";
import { waitsForWord } from "./invitations_in.ts";
import { reviewKicked } from "./kicked_members.ts";
import { commitWanted } from "./removing.ts";
import { reviewGuests } from "./room_guests.ts";
import type { ListedRoom } from "./room_list.ts";
import { succeed } from "./room_replacement.ts";

const log = logger("client", "rooms");

/** Whether this device has another group under the number. */
export function takesPlace(
  { conversations }: Messenger,
  { room, conversation }: ListedRoom,
): boolean {
  const open = conversations.openWith(roomHandle(room));
  return open !== undefined && open.conversation !== conversation;
}

/** Comes in, or does what waits there. What cannot be done now stays. */
export async function keepRoom(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
  listed: ListedRoom,
): Promise<void> {
  const known = messenger.conversations.find(conversation);
  if (known?.state === "out-of-step" || listed.standing === "awaited") return;
  const room = roomHandle(listed.room);
  try {
    if (known?.state === "active" && listed.member) {
      if (listed.wanted) await commitWanted(messenger, link, conversation);
      await reviewGuests(messenger, link, { ...listed, conversation });
      return await reviewKicked(messenger, link, { ...listed, conversation });
    }
    const place = { conversation, room };
    if (takesPlace(messenger, listed)) return await succeed(messenger, link, place);
    if (listed.standing === "invited" && await waitsForWord(messenger, link, place)) return;
    if (await comeIn(messenger, link, place) === "not-ours") {
      log.warn("room is not what it says", { room: listed.room });
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot keep room", { reason: describeError(error) });
  }
}
