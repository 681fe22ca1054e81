/** What this device said in a room since a newcomer was invited, told again to that one alone. */

import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { ensureConversation } from "../messaging/conversation_with.ts";
import { meet } from "../messaging/meeting.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { seal } from "../messaging/sealer.ts";
import { textsAgain } from "./past_letters.ts";
import { listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";

const log = logger("client", "rooms");

type Link = Parameters<typeof meet>[1];

/** Tells a newcomer what it missed, between the two alone. What cannot be told now stays to be done. */
export async function welcome(
  messenger: Messenger,
  link: Link,
  { task, flush }: { task: PlacedTask; flush: () => Promise<void> },
): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  const letters = await textsAgain(messenger, task);
  if (letters.length === 0 || !conversations.isIn(task.conversation, "active")) {
    return void removeRoomTask(database, task);
  }
  try {
    const contact = await meet(messenger, link, task.account);
    const conversation = await ensureConversation(messenger, link, contact);
    if (conversation === undefined) return;
    // A conversation that is just opening is settled by it.
    await flush();
    if (!conversations.isIn(conversation, "active")) return;
    const isDue = () => listRoomTasks(database).some(({ place }) => place === task.place);
    const last = letters.length - 1;
    await seal(
      messenger,
      conversation,
      letters.map((letter, i) => ({
        ...letter,
        isDue,
        commit: () => i === last && removeRoomTask(database, task),
      })),
    );
  } catch (error) {
    const isHeld = error instanceof Refusal || error instanceof TrustError ||
      error instanceof CryptoError;
    if (!isHeld) throw error;
    log.info("cannot welcome", { reason: describeError(error) });
  }
}
