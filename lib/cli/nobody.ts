/** What is said when there is nobody of a name. */

import { Refusal } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Contact } from "../client/messaging/contacts.ts";
import { suggest } from "../commands/suggest.ts";

/** Someone by any spelling of their name. Throws Refusal `unknown-account`, which names them, and whom one knows that is called nearly so. */
export function findContact(client: Client, name: string): Promise<Contact> {
  return orNobody(client, name, () => client.findContact(name));
}

/** The same by what the directory says now. */
export function meetContact(client: Client, name: string): Promise<Contact> {
  return orNobody(client, name, () => client.meet(name));
}

async function orNobody(
  client: Client,
  name: string,
  find: () => Promise<Contact>,
): Promise<Contact> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
    const near = suggest(name, (await client.messenger.contacts.list()).map((it) => it.name));
    throw new Refusal(error.code, `There is nobody called ${name} here`, {
      details: near === undefined ? error.details : { suggestion: near },
      cause: error,
    });
  }
}
