/**
 * Keeps a device's rooms up to date with the server's list: comes in where it is invited or was left out, ends what it was
 * removed from, and commits removals that others asked for.
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import {
  type ConversationId,
  isRoom,
  parseConversationId,
  type Peer,
  roomHandle,
} from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import { leaveBehind } from "../messaging/closing.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { holdOutOfStep } from "../messaging/out_of_step.ts";
import { comeIn } from "./coming_in.ts";
import { asksFirst, tellInvited } from "./invitations_in.ts";
import { commitWanted } from "./removing.ts";
import { type ListedRoom, listRooms } from "./room_list.ts";
import { reviewGuests } from "./room_guests.ts";
import { runRoomTasks } from "./room_tasks.ts";
import { succeed } from "./succeeding.ts";

const log = logger("client", "rooms");

/** What is needed besides the link. */
export interface Keeping {
  /** Sends what is put into the outbox. */
  readonly flush: () => Promise<void>;
  /**
   * Whether everything that waited was read: only then a room is left for the one that repairs it. What was said in it comes
   * first, and who owned it at last.
   */
  readonly isCaughtUp: boolean;
}

/** Does everything that is due in all rooms. */
export async function keepRooms(
  messenger: Messenger,
  link: Link,
  { flush, isCaughtUp }: Keeping,
): Promise<void> {
  const { conversations, groups } = messenger;
  // Read before the server is asked: another process of this profile may commit meanwhile.
  const before = conversations.list().filter(({ peer, state }) =>
    isRoom(peer) && state !== "opening"
  );
  const epochs = new Map(before.map((it) => [it.conversation, groups.epochOf(it.conversation)]));
  const listed = await listRooms(link);
  for (const room of listed) {
    const conversation = parseConversationId(room.conversation);
    if (conversation === undefined) continue;
    const epoch = epochs.get(conversation);
    if (epoch !== undefined && room.epoch < epoch) {
      await holdOutOfStep(messenger, conversation, "went-back");
    } else if (!takesPlace(messenger, room) || isCaughtUp) {
      await keepRoom(messenger, link, conversation, room);
    }
  }
  const present = new Set<string>(listed.map(({ conversation }) => conversation));
  // A number is never another room's: under it there is the one that repairs it, or soon will be.
  const numbers = new Set<Peer>(listed.map(({ room }) => roomHandle(room)));
  for (const gone of before) {
    if (present.has(gone.conversation) || numbers.has(gone.peer)) continue;
    await leaveBehind(messenger, gone);
  }
  await runRoomTasks(messenger, link, flush);
  await flush();
}

/** Whether this device has another group under the number. */
function takesPlace({ conversations }: Messenger, { room, conversation }: ListedRoom): boolean {
  const open = conversations.openWith(roomHandle(room));
  return open !== undefined && open.conversation !== conversation;
}

async function keepRoom(
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
      const { declined } = listed;
      return await reviewGuests(messenger, link, { conversation, declined });
    }
    const place = { conversation, room };
    if (takesPlace(messenger, listed)) return await succeed(messenger, link, place);
    if (listed.standing === "invited" && asksFirst(messenger.profile)) {
      return await tellInvited(messenger, link, place);
    }
    if (await comeIn(messenger, link, place) === "not-ours") {
      log.warn("room is not what it says", { room: listed.room });
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot keep room", { reason: describeError(error) });
  }
}
