/** Whom a line of the dialogue is for: somebody, or a room. */

import { Refusal } from "../../base/errors.ts";
import { type AccountId, isRoom, type Peer, type RoomHandle } from "../../base/ids.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { Client } from "../../client/client.ts";
import type { Resemblance } from "../../commands/address.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { busyWords, readSaidOfBusy } from "../../app/attendance.ts";
import { reachRoom } from "../../app/rooms/find_room.ts";
import type { RoomLabels } from "../../app/rooms/room_labels.ts";
import { noAccount, showName } from "../../app/names.ts";
import type { People } from "../../app/conversations/people.ts";

/** Somebody, or a room, with the name to show: `#ops` of a room. */
export interface Partner {
  readonly peer: Peer;
  readonly name: string;
}

/** The account of a partner that is no room. */
function accountOf(partner: Partner | undefined): AccountId | undefined {
  return partner !== undefined && isDirect(partner.peer) ? partner.peer : undefined;
}

/** The room of a partner that is one. */
export function roomOfPartner(partner: Partner | undefined): RoomHandle | undefined {
  return partner !== undefined && isRoom(partner.peer) ? partner.peer : undefined;
}

/** What partners are found with. */
export interface Known {
  readonly client: Client;
  readonly people: People;
  readonly rooms: RoomLabels;
}

/** Exactly this name, or this room with its `#`, among those that are known now. */
export function lookUp({ people, rooms }: Known, text: string): Partner | undefined {
  if (text.startsWith("#")) {
    const room = rooms.find(text);
    return room && { peer: room, name: rooms.labelOf(room) };
  }
  const person = people.find(text);
  return person && { peer: person.account, name: person.name };
}

/** Whom a name brings to mind that `lookUp` does not find. */
export function resemble({ people, rooms }: Known, text: string): Resemblance<Partner> {
  if (text.startsWith("#")) {
    const room = rooms.resemble(text);
    if (room === undefined) return { is: "unknown" };
    return { is: "spelling", of: { peer: room, name: rooms.labelOf(room) } };
  }
  const found = people.resemble(text);
  if (found === undefined) {
    const name = people.suggest(text);
    return name === undefined ? { is: "unknown" } : { is: "near", name };
  }
  if (found === "own") return { is: "own" };
  return { is: "spelling", of: { peer: found.account, name: found.name } };
}

/** Somebody by any spelling, from memory or from the server. Throws Refusal `unknown-account` with a suggestion. */
export async function findSomebody({ client, people }: Known, name: string): Promise<Contact> {
  try {
    const contact = await client.findContact(name);
    people.meet(contact);
    return contact;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
    const suggestion = people.suggest(name);
    throw new Refusal(error.code, noAccount(name), {
      details: suggestion === undefined ? {} : { suggestion },
      cause: error,
    });
  }
}

/** The same, or with `#` a room. Throws Refusal `unknown-room` or `not-member` too. */
export async function findPartner(known: Known, text: string): Promise<Partner> {
  if (!text.startsWith("#")) {
    const { account, name } = await findSomebody(known, text);
    return { peer: account, name };
  }
  const { client, rooms } = known;
  const { room } = await reachRoom(client, text);
  await rooms.refresh();
  return { peer: room, name: rooms.labelOf(room) };
}

/** What there is to say when one talks to somebody who is busy: once each time. */
export async function busyWarning(
  { client, people }: Known,
  to: Partner,
): Promise<string | undefined> {
  const account = accountOf(to);
  const busy = account && people.takeBusy(account);
  if (account === undefined || busy === undefined || !client.isOnline) return undefined;
  const words = busyWords(busy.sinceMs, await readSaidOfBusy(client, account, busy.statement));
  return `* ${showName(to.name)} is ${words}; your message waits there quietly`;
}
