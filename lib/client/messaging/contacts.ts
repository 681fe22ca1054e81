/**
 * Who this person knows, and by which identity key. The first one seen is pinned; another one later is never taken in its
 * place silently, but holds everything that would leave for that account until the person decides (SR-06, SR-07).
 */

import { decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError, TrustError } from "../../base/errors.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import type { RosterEntry } from "../../crypto/roster_entry.ts";
import type { Profile } from "../profile/profile.ts";

export interface Contact {
  readonly account: AccountId;
  readonly name: AccountName;
  /** The identity that messages are sealed for. */
  readonly pinned: Fingerprint;
  readonly trust: "unverified" | "verified";
  /** Another identity that the server announced since: sending is held. */
  readonly changedTo: Fingerprint | undefined;
  /** Highest sequence of a roster entry by the pinned identity; a lower one is old. */
  readonly sequence: number;
}

/** What meeting an identity did. */
export type Meeting = "pinned" | "known" | "changed" | "rotated";

/** Throws TrustError when nothing may leave for this contact (SR-07). */
export function requireTrust(contact: Contact): void {
  if (contact.changedTo === undefined) return;
  throw new TrustError(
    "identity-changed",
    `${contact.name}'s safety number changed: nothing is sent until you accept it`,
    {
      details: {
        account: contact.account,
        pinned: contact.pinned,
        changedTo: contact.changedTo,
      },
    },
  );
}

export class Contacts {
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  async find(account: AccountId): Promise<Contact | undefined> {
    return (await this.#read(account))?.contact;
  }

  async list(): Promise<readonly Contact[]> {
    const accounts = this.#profile.database.query(
      "SELECT account FROM contact ORDER BY account",
      // Only parsed account ids are ever written there.
      (row) => row.text("account") as AccountId,
    ).all();
    const contacts = await Promise.all(accounts.map((account) => this.find(account)));
    return contacts.filter((contact) => contact !== undefined);
  }

  /**
   * Compares a verified roster entry with the pin, or makes the pin. `rotated`: whether the pinned identity signed the new
   * one; then an unverified contact follows it with a notice, a verified one is held all the same (SR-07).
   */
  async meet(entry: RosterEntry, rotated = false): Promise<Meeting> {
    const { accountId: account, accountName: name, sequence } = entry;
    const { fingerprint } = entry.identity;
    for (;;) {
      const stored = await this.#read(account);
      if (stored === undefined) {
        const contact: Contact = {
          account,
          name,
          pinned: fingerprint,
          trust: "unverified",
          changedTo: undefined,
          sequence,
        };
        if (await this.#write(contact, undefined)) return "pinned";
        continue;
      }
      const { contact } = stored;
      if (contact.pinned === fingerprint) {
        const fresh = sequence > contact.sequence || contact.changedTo !== undefined;
        const next = {
          ...contact,
          changedTo: undefined,
          sequence: Math.max(sequence, contact.sequence),
        };
        if (!fresh || await this.#write(next, stored.sealed)) return "known";
        continue;
      }
      if (rotated && contact.trust === "unverified") {
        const next = { ...contact, pinned: fingerprint, changedTo: undefined, sequence };
        if (await this.#write(next, stored.sealed)) return "rotated";
        continue;
      }
      if (contact.changedTo === fingerprint) return "changed";
      if (await this.#write({ ...contact, changedTo: fingerprint }, stored.sealed)) {
        return "changed";
      }
    }
  }

  /** The person takes the announced identity for this contact; it counts as unverified. Returns the contact as it is now. */
  async accept(account: AccountId): Promise<Contact> {
    return await this.#update(account, (contact) =>
      contact.changedTo === undefined ? contact : {
        ...contact,
        pinned: contact.changedTo,
        changedTo: undefined,
        trust: "unverified",
        sequence: 0,
      });
  }

  /** The person compared the safety number. */
  async markVerified(account: AccountId): Promise<Contact> {
    return await this.#update(account, (contact) => ({ ...contact, trust: "verified" }));
  }

  async #update(account: AccountId, change: (contact: Contact) => Contact): Promise<Contact> {
    for (;;) {
      const stored = await this.#read(account);
      if (stored === undefined) {
        throw new StorageError("unknown-contact", `Cannot change contact: ${account} is not known`);
      }
      const next = change(stored.contact);
      if (await this.#write(next, stored.sealed)) return next;
    }
  }

  async #read(account: AccountId) {
    const { database, vault } = this.#profile;
    const sealed = database.query(
      "SELECT sealed FROM contact WHERE account = ?",
      (row) => row.bytes("sealed"),
    ).first(account);
    if (sealed === undefined) return undefined;
    const text = decodeUtf8(await vault.open("contact", account, sealed)) ?? "{}";
    // Written by `#write` below and authenticated by the vault.
    return { contact: { account, ...JSON.parse(text) } as Contact, sealed };
  }

  /** Conditional on what was read, so that two processes cannot undo each other's decision. */
  async #write(contact: Contact, before: Uint8Array | undefined): Promise<boolean> {
    const { database, vault } = this.#profile;
    const { account, ...content } = contact;
    const sealed = await vault.seal("contact", account, utf8(JSON.stringify(content)));
    return before === undefined
      ? database.command("INSERT OR IGNORE INTO contact (account, sealed) VALUES (?, ?)")
        .run(account, sealed) > 0
      : database.command("UPDATE contact SET sealed = ? WHERE account = ? AND sealed = ?")
        .run(sealed, account, before) > 0;
  }
}
