/** Name and topic of a room: sealed for its members, never for the server. */

import { CryptoError, describeError, Refusal, TrustError, UsageError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_ROOM_NAME_UNITS, MAX_ROOM_TOPIC_UNITS } from "../../protocol/peer/room.ts";
import type { Messenger } from "../store/messenger.ts";
import { seal, type Sealing } from "../sending/sealer.ts";
import { requireSwept } from "../groups/agreed_removals.ts";
import { tellTimer } from "../talk/change_writing.ts";
import {
  findAbout,
  listRoomTasks,
  type PlacedTask,
  prepareAbout,
  removeRoomTask,
  type RoomAbout,
} from "./room_store.ts";
import { logger } from "../../base/log.ts";
import { ensureConversation } from "../contacts/conversation_with.ts";
import { meet } from "../contacts/contact_check.ts";
import type { Link } from "../link/link.ts";

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

/** Tells all members. Throws TrustError `removed-device` while such a device is in the room. */
export async function announceAbout(
  messenger: Messenger,
  conversation: ConversationId,
  about: RoomAbout,
): Promise<void> {
  const { profile } = messenger;
  const write = await prepareAbout(profile, conversation, about);
  const controlMessage = {
    ...aboutControlMessage(profile, about),
    isDue: () => true,
    commit: write,
  };
  if (await seal(messenger, conversation, [controlMessage]) === "held") {
    await requireSwept(messenger, conversation);
  }
}

/** Says name and topic again, and how long messages stay, for newcomers, if this account is in charge and the room has any. */
export async function tellAbout(messenger: Messenger, conversation: ConversationId): Promise<void> {
  for (const controlMessage of await aboutAgain(messenger, conversation)) {
    await seal(messenger, conversation, [{
      ...controlMessage,
      isDue: () => true,
      commit: () => {},
    }]);
  }
  await tellTimer(messenger, conversation);
}

/** The same for one account, in the direct conversation with it: before it comes in nobody else may be there to say it. */
export async function privateAbout(
  messenger: Messenger,
  conversation: ConversationId,
): Promise<readonly RoomControlMessage[]> {
  return await aboutAgain(messenger, conversation, { conversation });
}

/** By who is in charge, if the room has a name. */
async function aboutAgain(
  { profile, groups }: Messenger,
  conversation: ConversationId,
  of: { conversation?: ConversationId } = {},
): Promise<readonly RoomControlMessage[]> {
  const membershipLog = await groups.membershipLogOf(conversation);
  const role = membershipLog?.members.get(profile.own.account)?.role;
  // An open room's stand in its first entry.
  if (membershipLog?.open !== undefined) return [];
  const { name, topic } = await findAbout(profile, conversation);
  if (role === undefined || role === "member" || name === "" && topic === "") return [];
  return [aboutControlMessage(profile, { name, topic }, of)];
}

function aboutControlMessage(
  { random }: Messenger["profile"],
  about: { readonly name: string; readonly topic: string },
  of: { conversation?: ConversationId } = {},
): RoomControlMessage {
  const { name, topic } = about;
  return {
    envelope: newEnvelopeId(random),
    payload: (chain) => encodePacket({ kind: "room.about", ...chain, ...of, name, topic }),
  };
}

// What is said of a room to one account alone, in the direct conversation with it.

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
