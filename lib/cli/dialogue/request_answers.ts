/** What `/y` and `/n` do with what a stranger wrote, and with an invitation to a room. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle } from "../../base/ids.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { isAsking } from "../../client/contacts/requests.ts";
import { showName, typeName } from "../../app/names.ts";
import type { ChatContext } from "./slash_row.ts";

/** Whether this names a person, or a room. */
export function isOfPersonOrRoom(word: string | undefined): word is string {
  return word !== undefined && /^[@#]/.test(word);
}

/** Says yes, after saying to whom. */
export async function acceptRequest(chat: ChatContext, word: string): Promise<void> {
  if (word.startsWith("#")) return await joinRoom(chat, readRoom(word));
  const { account, name } = await findStranger(chat, word);
  await chat.print(`* accepting ${showName(name)}, whom you did not know`);
  const count = await chat.client.accept(account);
  const what = count === 1 ? "1 message" : `${count} messages`;
  await chat.print(`* ${showName(name)} is a contact of yours now; ${what} came in`);
  await chat.look();
}

/** Says no. Of a stranger nothing is heard any more; whoever invites to a room is told. */
export async function declineRequest(chat: ChatContext, word: string): Promise<void> {
  if (word.startsWith("#")) {
    const room = readRoom(word);
    await answerInvitation(chat, room, () => chat.client.rooms.invited.decline(room));
    return await chat.print(`* you declined ${room}`);
  }
  const { account, name } = await findStranger(chat, word);
  chat.client.refuse(account, "declined");
  await chat.print(
    `* ${showName(name)} is declined: nothing more of theirs comes. Undo: /unblock ${
      typeName(name)
    }`,
  );
}

/** With these codes the server says that there is no such invitation any more: it is nothing to answer then either. */
const GONE: readonly string[] = ["unknown-room", "not-member", "already-in-room"];

/** Joins or declines by `answer`; after that, and when it turns out to be too late, the invitation waits no more. */
export async function answerInvitation<Result>(
  { requests }: Pick<ChatContext, "requests">,
  room: RoomHandle,
  answer: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await answer();
    requests.answered(room);
    return result;
  } catch (error) {
    if (error instanceof Refusal && GONE.includes(error.code)) requests.answered(room);
    throw error;
  }
}

async function joinRoom(chat: ChatContext, room: RoomHandle): Promise<void> {
  await chat.print(`* entering ${room}`);
  await answerInvitation(chat, room, () => chat.client.rooms.invited.join(room));
  await chat.client.sync();
  await chat.rooms.refresh();
  const name = chat.rooms.labelOf(room);
  chat.talkTo({ peer: room, name });
  await chat.print(`* you are in ${name} now, and plain text goes there`);
}

async function findStranger(chat: ChatContext, word: string): Promise<Contact> {
  const contact = await chat.findContact(word.slice(1));
  if (isAsking(chat.client.messenger, contact.account)) return contact;
  throw new Refusal("not-asking", `${showName(contact.name)} waits for no answer`);
}

function readRoom(word: string): RoomHandle {
  const room = parseRoomHandle(word);
  if (room !== undefined) return room;
  throw new UsageError("room-number", `A room that you are not in is known by its number: ${word}`);
}
