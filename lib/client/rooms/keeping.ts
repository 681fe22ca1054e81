/**
 * Keeps a device's rooms up to date with the server's list: comes in where it is invited or was left out, ends what it was
 * removed from, and commits removals that others asked for.
 */

import { isRoom, parseConversationId, type Peer, roomHandle } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { leaveBehind } from "../groups/closing.ts";
import type { Messenger } from "../store/messenger.ts";
import { holdOutOfStep } from "../groups/out_of_step.ts";
import { keepRoom, takesPlace } from "./keep_room.ts";
import { listRooms } from "./room_list.ts";
import { runRoomTasks } from "./room_tasks.ts";

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
  await runRoomTasks(messenger, link, { flush, isCaughtUp });
  await flush();
}
