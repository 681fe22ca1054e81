/** Whom a person means when they name people for a room. */

import { Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { findContact } from "../find_contact.ts";
import { noAccount } from "../names.ts";

/** `@obiwan` is obiwan: no name begins so. */
function bareName(text: string): string {
  return text.startsWith("@") ? text.slice(1) : text;
}

/** One of them. Throws Refusal `unknown-account`. */
export async function findGuest(client: Client, text: string): Promise<Contact> {
  return await findContact(client, bareName(text));
}

/**
 * All of them, each once and without oneself, who is in by founding. Throws Refusal `unknown-account` with everybody who is
 * not there (row S3.26) and `hint` behind them, UsageError when nobody is left.
 */
export async function findGuests(
  client: Client,
  texts: readonly string[],
  hint = "",
): Promise<readonly Contact[]> {
  const guests = new Map<AccountId, Contact>();
  const names: string[] = [];
  let details: Refusal["details"] = {};
  for (const text of texts) {
    try {
      const guest = await findGuest(client, text);
      if (guest.account !== client.profile.own.account) guests.set(guest.account, guest);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
      names.push(bareName(text));
      // What is like it may be what was meant, if it is one that was mistyped.
      details = names.length === 1 ? error.details : { names };
    }
  }
  if (names.length > 0) {
    const message = `${noAccount(...names)}${hint}`;
    throw new Refusal("unknown-account", message, { details });
  }
  if (guests.size === 0) throw new UsageError("nobody-invited", "Name somebody besides yourself");
  return [...guests.values()];
}
