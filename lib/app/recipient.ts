/** To whom something is said: a person, or a room. */

import { UsageError } from "../base/errors.ts";
import type { Peer } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { showRoom } from "./names.ts";
import { findContact } from "./find_contact.ts";
import { RoomLabels } from "./rooms/room_labels.ts";

/** A conversation, and its name in a line. */
export interface Recipient {
  readonly peer: Peer;
  readonly shown: string;
}

/** What begins with # is a room: no name does. Throws Refusal, UsageError. */
export async function findRecipient(client: Client, to: string): Promise<Recipient> {
  if (to.startsWith("#")) {
    // What is written down stays so: who was removed meanwhile must hear of it before.
    await client.sync();
    const { room } = await client.rooms.named(to);
    return { peer: room, shown: showRoom((await RoomLabels.of(client)).labelOf(room)) };
  }
  const { account, name } = await findContact(client, to);
  if (account === client.profile.own.account) {
    throw new UsageError("to-yourself", "This is you: choose another name");
  }
  return { peer: account, shown: name };
}
