/** What is said when there is nobody of a name. */

import { parseAccountName } from "../base/account_name.ts";
import { Refusal } from "../base/errors.ts";
import type { AccountId, Peer } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { Contact } from "../client/store/contacts.ts";
import { suggest } from "../commands/suggest.ts";
import { storedRoom } from "./rooms/find_room.ts";
import { noAccount, showRoom } from "./names.ts";

/** Someone by any spelling of their name. Throws Refusal `unknown-account`, which names them, and whom one knows that is called nearly so. */
export function findContact(client: Client, name: string): Promise<Contact> {
  return orNobody(client, name, () => client.findContact(name));
}

/** The same by what the directory says now. */
export function meetContact(
  client: Pick<Client, "meet" | "messenger">,
  name: string,
): Promise<Contact> {
  return orNobody(client, name, () => client.meet(name));
}

/** What `find` resolves with. Throws Refusal `unknown-account` as `findContact` does, and what else `find` throws. */
export async function orNobody<Found>(
  client: Pick<Client, "messenger">,
  name: string,
  find: () => Promise<Found>,
): Promise<Found> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
    // No name of a person begins so.
    if (name.startsWith("#")) {
      const message = `${showRoom(name)} is a room: this command takes a person`;
      throw new Refusal(error.code, message, { details: error.details, cause: error });
    }
    const near = suggest(name, (await client.messenger.contacts.list()).map((it) => it.name));
    throw new Refusal(error.code, noAccount(name), {
      details: near === undefined ? error.details : { suggestion: near },
      cause: error,
    });
  }
}

/** With `#`, a room of which something is stored here; else as `knownAccount`. Throws Refusal. */
export async function knownPeer(
  client: Pick<Client, "rooms" | "messenger">,
  name: string,
): Promise<Peer> {
  return name.startsWith("#") ? await storedRoom(client, name) : await knownAccount(client, name);
}

/** Somebody whom this profile has met or talked to. Throws Refusal `unknown-account`, for what can be no name too. */
export async function knownAccount(
  { messenger: { contacts, history } }: Pick<Client, "messenger">,
  name: string,
): Promise<AccountId> {
  const parsed = parseAccountName(name);
  if (parsed.ok) {
    const { id } = parsed;
    if (await contacts.find(id) !== undefined) return id;
    if (history.index.newest({ peer: id }, 1).length > 0) return id;
  }
  const near = suggest(name, (await contacts.list()).map((contact) => contact.name));
  throw new Refusal("unknown-account", `No conversation with "${name}"`, {
    details: near === undefined ? {} : { suggestion: near },
  });
}
