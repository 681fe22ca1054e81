/** What an account is told of a room between the two: its name with the invitation, and what was said since then. */

import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { privateAbout } from "./naming.ts";
import { textsAgain } from "./past_messages.ts";
import { type Mailing, writeTo } from "./private_messages.ts";
import { removeRoomTask } from "./room_store.ts";

/** Tells a newcomer what this device said since it was invited, and who was just invited what the room is called. */
export async function tellNewcomer(
  messenger: Messenger,
  link: Link,
  { task, flush }: Omit<Mailing, "controlMessages">,
): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  const controlMessages = task.kind === "about"
    ? await privateAbout(messenger, task.conversation)
    : await textsAgain(messenger, task);
  if (controlMessages.length === 0 || !conversations.isIn(task.conversation, "active")) {
    return void removeRoomTask(database, task);
  }
  await writeTo(messenger, link, { task, controlMessages, flush });
}
