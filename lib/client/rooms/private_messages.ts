/** What is said of a room to one account alone, in the direct conversation with it. */

import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { ensureConversation } from "../contacts/conversation_with.ts";
import { meet } from "../contacts/contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { seal, type Sealing } from "../sending/sealer.ts";
import { listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";
import type { Link } from "../link/link.ts";

const log = logger("client", "rooms");

/** A payload before it is known when it is sealed. */
export type RoomControlMessage = Omit<Sealing, "isDue" | "commit">;

/** A task with what it says. */
export interface Mailing {
  readonly task: PlacedTask;
  readonly controlMessages: readonly RoomControlMessage[];
  /** Sends what is in the outbox: a conversation that is just opening is settled by it. */
  flush(): Promise<void>;
}

/** Seals the control messages for the task's account; with the last one it is done. What cannot be told now stays to be done. */
export async function writeTo(
  messenger: Messenger,
  link: Link,
  { task, controlMessages, flush }: Mailing,
): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  try {
    const contact = await meet(messenger, link, task.account);
    const conversation = await ensureConversation(messenger, link, contact);
    if (conversation === undefined) return;
    await flush();
    if (!conversations.isIn(conversation, "active")) return;
    const isDue = () => listRoomTasks(database).some(({ place }) => place === task.place);
    const last = controlMessages.length - 1;
    await seal(
      messenger,
      conversation,
      controlMessages.map((controlMessage, i) => ({
        ...controlMessage,
        isDue,
        commit: () => i === last && removeRoomTask(database, task),
      })),
    );
  } catch (error) {
    const isHeld = error instanceof Refusal || error instanceof TrustError ||
      error instanceof CryptoError;
    if (!isHeld) throw error;
    log.info("cannot tell of a room", { reason: describeError(error) });
  }
}
