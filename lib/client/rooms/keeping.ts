/**
 * Keeps a device's rooms up to date with the server's list: comes in where it is invited or was left out, ends what it was
 * removed from, and commits removals that others asked for.
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, isRoom, parseConversationId, roomHandle } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import { leaveBehind } from "../messaging/closing.ts";
import { type Messenger, note } from "../messaging/messenger.ts";
import { holdOutOfStep } from "../messaging/out_of_step.ts";
import { enterRoom } from "./entering.ts";
import { commitWanted } from "./removing.ts";
import { type ListedRoom, listRooms } from "./room_list.ts";
import { runRoomTasks } from "./room_tasks.ts";

const log = logger("client", "rooms");

/** Does everything that is due in all rooms. `flush` sends what that puts into the outbox. */
export async function keepRooms(
  messenger: Messenger,
  link: Link,
  flush: () => Promise<void>,
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
    } else await keepRoom(messenger, link, conversation, room);
  }
  const present = new Set(listed.map(({ conversation }) => conversation));
  for (const gone of before.filter(({ conversation }) => !present.has(conversation))) {
    await leaveBehind(messenger, gone);
  }
  await runRoomTasks(messenger, link, flush);
  await flush();
}

async function keepRoom(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
  listed: ListedRoom,
): Promise<void> {
  const known = messenger.conversations.find(conversation);
  if (known?.state === "out-of-step") return;
  const handle = roomHandle(listed.room);
  try {
    if (known?.state === "active" && listed.member) {
      if (listed.wanted) await commitWanted(messenger, link, conversation);
      return;
    }
    const open = messenger.conversations.openWith(handle);
    const isOther = open !== undefined && open.conversation !== conversation;
    // A number that was another room's is taken over only by the room that an owner of that one made of it.
    if (isOther && listed.replaced !== open.conversation) return;
    const successorOf = isOther ? await messenger.groups.charterOf(open.conversation) : undefined;
    const joined = await enterRoom(messenger, link, {
      conversation,
      room: handle,
      ...(successorOf === undefined ? {} : { successorOf }),
    });
    if (joined === "joined" && known?.state !== "active") {
      const text = "You are in this room now";
      await note(messenger, { conversation, peer: handle, code: "entered", text });
    }
    if (joined === "not-ours") log.warn("room is not what it says", { room: listed.room });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot keep room", { reason: describeError(error) });
  }
}
