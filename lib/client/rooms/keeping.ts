/**
 * Keeps a device's rooms up to date with the server's list: comes in where it is invited or was left out, ends what it was
 * removed from, and commits removals that others asked for.
 */

import {
  type AccountId,
  type ConversationId,
  isRoom,
  parseConversationId,
  type Peer,
  roomHandle,
  roomNumber,
} from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { holdOutOfStep, leaveBehind } from "../groups/closing.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { type ListedRoom, listRooms } from "../groups/listed.ts";
import { runRoomTasks } from "./room_tasks.ts";
import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { comeIn, enterRoom, type RoomPlace } from "./entering.ts";
import { waitsForWord } from "./invited_rooms.ts";
import { commitWanted } from "./removing.ts";
import { reviewGuests } from "./guests.ts";
import { findRepairer } from "./repairing.ts";
import { findAbout, prepareAbout } from "./room_store.ts";
import { closeUnansweredRooms } from "./unanswered_rooms.ts";
import { parseAccountId } from "../../base/account_name.ts";
import type { Database } from "../../storage/database.ts";

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
  await closeUnansweredRooms(messenger, link);
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
  const isSuccession = takesPlace(messenger, listed);
  // Who was in the room before: an open one is entered by oneself, the others by the invitation that is to come.
  const isAwaited = listed.standing === "awaited" &&
    !(isSuccession && await wasOpen(messenger, listed));
  if (known?.state === "out-of-step" || isAwaited) return;
  const room = roomHandle(listed.room);
  try {
    if (known?.state === "active" && listed.member) {
      if (listed.wanted) await commitWanted(messenger, link, conversation);
      await reviewGuests(messenger, link, { ...listed, conversation });
      return await reviewKicked(messenger, link, { ...listed, conversation });
    }
    const place = { conversation, room };
    if (isSuccession) return await succeed(messenger, link, place);
    if (listed.standing === "invited" && await waitsForWord(messenger, link, place)) return;
    if (await comeIn(messenger, link, place) === "not-ours") {
      log.warn("room is not what it says", { room: listed.room });
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot keep room", { reason: describeError(error) });
  }
}

async function wasOpen({ conversations, groups }: Messenger, { room }: ListedRoom) {
  const old = conversations.openWith(roomHandle(room));
  return old !== undefined &&
    (await groups.membershipLogOf(old.conversation))?.open !== undefined;
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
  // Who was in an open room is in the one that goes on from it, by an owner's signature.
  const joinsOpen = known.open === undefined ? {} : { joinsOpen: known.open };
  if (await enterRoom(messenger, link, { conversation, room, ...joinsOpen }) !== "joined") return;
  about();
  const text = `${repairer} repaired this room: it continues with fresh keys`;
  await note(messenger, { conversation, peer: room, code: "repaired", text });
}

// Members of rooms who were kicked from the server. That removes nobody from a sealed room: they have what they read, and
// read on when they are let in again. Those in charge are told, and offered the removal (SR-37).

/** Tells of each, once for each kick. `kicked`: the server says that there are any. */
async function reviewKicked(
  messenger: Messenger,
  link: Link,
  { conversation, kicked }: { conversation: ConversationId; kicked: boolean },
): Promise<void> {
  const { profile: { database, own }, groups, conversations } = messenger;
  const told = listTold(database, conversation);
  if (!kicked && told.length === 0) return;
  const members = (await groups.membershipLogOf(conversation))?.members;
  const role = members?.get(own.account)?.role;
  const room = conversations.find(conversation)?.peer;
  if (members === undefined || role === undefined || role === "member") return;
  if (room === undefined || !isRoom(room)) return;
  const { fields } = await link.ask("room.kicked", { conversation });
  const now = fields.accounts.map(parseAccountId).filter((account) => account !== undefined)
    .filter((account) => members.has(account) && account !== own.account);
  // Who is let in again may be kicked again.
  for (const account of told) if (!now.includes(account)) forget(database, conversation, account);
  for (const account of now) {
    if (!remember(database, conversation, account)) continue;
    const text =
      `${account} was kicked from this server, but stays in encrypted rooms. To remove them here: room remove ${
        roomNumber(room)
      } ${account}`;
    await note(messenger, { conversation, peer: room, code: "member-kicked", text });
  }
}

function listTold(database: Database, conversation: ConversationId): readonly AccountId[] {
  return database.query(
    "SELECT account FROM room_kicked WHERE conversation = ?",
    // Written below from a branded value.
    (row) => row.text("account") as AccountId,
  ).all(conversation);
}

/** False when it was told already. */
function remember(database: Database, conversation: ConversationId, account: AccountId): boolean {
  return database.command("INSERT OR IGNORE INTO room_kicked VALUES (?, ?)")
    .run(conversation, account) > 0;
}

function forget(database: Database, conversation: ConversationId, account: AccountId): void {
  database.command("DELETE FROM room_kicked WHERE conversation = ? AND account = ?")
    .run(conversation, account);
}
