/**
 * Keeps a device's rooms up to date with the server's list: comes in where it is invited or was left out, ends what it was
 * removed from, and commits removals that others asked for.
 */

import {
  type ConversationId,
  isRoom,
  parseConversationId,
  type Peer,
  roomHandle,
} from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { leaveBehind } from "../groups/closing.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { holdOutOfStep } from "../groups/out_of_step.ts";
import { type ListedRoom, listRooms } from "../groups/listed.ts";
import { runRoomTasks } from "./room_tasks.ts";
import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { comeIn, enterRoom, type RoomPlace } from "./entering.ts";
import { waitsForWord } from "./invitations_in.ts";
import { reviewKicked } from "./kicked_members.ts";
import { commitWanted } from "./removing.ts";
import { reviewGuests } from "./room_guests.ts";
import { findRepairer } from "./replacements.ts";
import { findAbout, prepareAbout } from "./room_store.ts";

/** What is needed besides the link. */
interface Keeping {
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
  // A number is never another room's: under it there is the one that repairs it, or soon will be.
  const numbers = new Set<Peer>(listed.map(({ room }) => roomHandle(room)));
  for (const gone of before) {
    if (!numbers.has(gone.peer)) await leaveBehind(messenger, gone);
  }
  await runRoomTasks(messenger, link, { flush, isCaughtUp });
  await flush();
}

const log = logger("client", "rooms");

/** Whether this device has another group under the number. */
function takesPlace(
  { conversations }: Messenger,
  { room, conversation }: ListedRoom,
): boolean {
  const open = conversations.openWith(roomHandle(room));
  return open !== undefined && open.conversation !== conversation;
}

/** Comes in, or does what waits there. What cannot be done now stays. */
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

/** Comes into it, with the name of the room before. Under a number of ours any other room is refused, and the person is told. */
async function succeed(
  messenger: Messenger,
  link: Link,
  { conversation, room }: RoomPlace,
): Promise<void> {
  const { conversations, groups, profile } = messenger;
  const old = conversations.openWith(room);
  const known = old && await groups.membershipLogOf(old.conversation);
  if (old === undefined || known === undefined) return;
  const repairer = await findRepairer(messenger, link, { conversation, known })
    .catch((error) => {
      if (error instanceof CryptoError) return undefined;
      throw error;
    });
  if (repairer === undefined) {
    return await holdOutOfStep(messenger, old.conversation, "other-room");
  }
  const about = await prepareAbout(
    profile,
    conversation,
    await findAbout(profile, old.conversation),
  );
  if (await enterRoom(messenger, link, { conversation, room }) !== "joined") return;
  about();
  const text = `${repairer} repaired this room: it goes on with fresh keys`;
  await note(messenger, { conversation, peer: room, code: "repaired", text });
}
