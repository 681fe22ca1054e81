/** Name and topic of a room: sealed for its members, never for the server. */

import { UsageError } from "../../base/errors.ts";
import type { ConversationId } from "../../base/ids.ts";
import { MAX_ROOM_NAME_UNITS, MAX_ROOM_TOPIC_UNITS } from "../../protocol/peer/room.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { seal } from "../messaging/sealer.ts";
import { prepareAbout, type RoomAbout } from "./room_store.ts";
import { aboutLetter } from "./room_tasks.ts";

/** Throws UsageError `room-name` for a name or topic that is too long, or a name that could be taken for a number. */
export function nameRules({ name, topic }: RoomAbout): void {
  if (name.length > MAX_ROOM_NAME_UNITS || topic.length > MAX_ROOM_TOPIC_UNITS) {
    throw new UsageError(
      "room-name",
      `A room's name has at most ${MAX_ROOM_NAME_UNITS} characters, its topic ${MAX_ROOM_TOPIC_UNITS}`,
    );
  }
  if (/^#|^[0-9]+$|\s$|^\s/.test(name)) {
    throw new UsageError("room-name", "A room's name is no number and does not begin with #");
  }
}

/** Tells all members. */
export async function announceAbout(
  messenger: Messenger,
  conversation: ConversationId,
  about: RoomAbout,
): Promise<void> {
  const { profile } = messenger;
  const write = await prepareAbout(profile, conversation, about);
  await seal(messenger, conversation, [{
    ...aboutLetter(profile, about),
    isDue: () => true,
    commit: write,
  }]);
}
