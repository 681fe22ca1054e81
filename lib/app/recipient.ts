/** To whom something is said: a person, or a room. */

import { Refusal, UsageError } from "../base/errors.ts";
import type { Peer, RoomHandle } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { showRoom } from "./names.ts";
import { findContact } from "./find_contact.ts";
import { orOpen } from "./rooms/open_rooms.ts";
import { RoomLabels } from "./rooms/room_labels.ts";

/** A conversation, and its name in a line. */
export interface Recipient {
  readonly peer: Peer;
  readonly shown: string;
}

/**
 * A room of this profile's, or an open one that the person looks at: whoever writes there comes in. Never another one that is
 * called so, which a server might make up: text for a room that one was removed from would be read by everybody.
 */
async function namedOrOpen(client: Client, to: string): Promise<RoomHandle> {
  try {
    return (await client.rooms.named(to)).room;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const looked = (await RoomLabels.of(client)).find(to);
    if (looked === undefined) throw await orOpen(client, to, error);
    return looked;
  }
}

/** What begins with # is a room: no name does. Throws Refusal, UsageError. */
export async function findRecipient(client: Client, to: string): Promise<Recipient> {
  if (to.startsWith("#")) {
    // What is written down stays so: who was removed meanwhile must hear of it before.
    await client.sync();
    const room = await namedOrOpen(client, to);
    return { peer: room, shown: showRoom((await RoomLabels.of(client)).labelOf(room)) };
  }
  const { account, name } = await findContact(client, to);
  if (account === client.profile.own.account) {
    throw new UsageError("to-yourself", "This is you: choose another name");
  }
  return { peer: account, shown: name };
}
