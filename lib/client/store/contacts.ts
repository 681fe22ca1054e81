/**
 * Who this person knows, and by which identity key. The first one seen is pinned; another one later is never taken in its
 * place silently, but holds everything that would leave for that account until the person decides (SR-06, SR-07).
 */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError, TrustError } from "../../base/errors.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import type { RosterEntry } from "../../crypto/statements/roster_entry.ts";
import type { Profile } from "../profile/profile.ts";
import { ContactStatuses } from "./contact_status.ts";

/** An account as this profile knows it, with the identity key that is pinned for it. */
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

/** What meeting an identity means: `held` is a change that was met before. */
export type ContactCheck = "pinned" | "known" | "changed" | "held" | "rotated";

/** A contact as it is stored now. */
export interface StoredContact {
  readonly contact: Contact;
  readonly sealed: Bytes;
}

/** Throws TrustError when nothing may leave for this contact (SR-07). */
export function requireTrust(contact: Contact): void {
  if (contact.changedTo === undefined) return;
  throw new TrustError(
    "identity-changed",
    `${contact.name}'s safety number changed: no messages are sent until you accept it`,
    {
      details: {
        account: contact.account,
        pinned: contact.pinned,
        changedTo: contact.changedTo,
      },
    },
  );
}

/**
 * Pure: compares a verified roster entry with what is known of the account. `rotated`: whether the pinned identity signed
 * the new one; then an unverified contact follows it, a verified one is held all the same (SR-07). `next` is the contact to
 * write, if it is another one.
 */
export function judgeMeeting(
  known: Contact | undefined,
  entry: RosterEntry,
  rotated: boolean,
): { meeting: ContactCheck; next: Contact | undefined } {
  const { accountId: account, accountName: name, sequence } = entry;
  const { fingerprint } = entry.identity;
  if (known === undefined) {
    const next = {
      account,
      name,
      pinned: fingerprint,
      trust: "unverified",
      changedTo: undefined,
      sequence,
    } as const;
    return { meeting: "pinned", next };
  }
  if (known.pinned === fingerprint) {
    const isNews = sequence > known.sequence || known.changedTo !== undefined;
    const next = { ...known, changedTo: undefined, sequence: Math.max(sequence, known.sequence) };
    return { meeting: "known", next: isNews ? next : undefined };
  }
  if (rotated && known.trust === "unverified") {
    const next = { ...known, pinned: fingerprint, changedTo: undefined, sequence };
    return { meeting: "rotated", next };
  }
  if (known.changedTo === fingerprint) return { meeting: "held", next: undefined };
  return { meeting: "changed", next: { ...known, changedTo: fingerprint } };
}

/** The contact after the person took the identity that it changed to: it counts as unverified. */
export function accepted(contact: Contact): Contact {
  const { changedTo } = contact;
  if (changedTo === undefined) return contact;
  return { ...contact, pinned: changedTo, changedTo: undefined, trust: "unverified", sequence: 0 };
}

/** The contacts of a profile. Reading sees what other processes wrote. */
type Stores = Pick<Profile, "database" | "vault" | "clock">;

/** The contacts of a profile. */
export class Contacts {
  readonly #profile: Stores;
  /** Whom this person wants to hear. */
  readonly contactStatuses: ContactStatuses;

  constructor(profile: Stores) {
    this.#profile = profile;
    this.contactStatuses = new ContactStatuses(profile);
  }

  async find(account: AccountId): Promise<Contact | undefined> {
    return (await this.read(account))?.contact;
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

  /** The person compared the safety number of this identity. False, and no change, when another one is pinned by now. */
  async markVerified(account: AccountId, pinned: Fingerprint): Promise<boolean> {
    for (;;) {
      const stored = await this.read(account);
      if (stored === undefined) throw unknownContact(account);
      if (stored.contact.pinned !== pinned) return false;
      const next: Contact = { ...stored.contact, trust: "verified" };
      const write = await this.prepare(next, stored);
      if (write()) return true;
    }
  }

  async read(account: AccountId): Promise<StoredContact | undefined> {
    const { database, vault } = this.#profile;
    const sealed = database.bytes("SELECT sealed FROM contact WHERE account = ?", account);
    if (sealed === undefined) return undefined;
    const content = await vault.openValue<Omit<Contact, "account">>("contact", account, sealed);
    return { contact: { ...content, account, changedTo: content.changedTo }, sealed };
  }

  /**
   * Seals a contact. What is returned writes it, in a transaction or alone, and gives false, having written nothing, when
   * the contact is not `before` any more: two processes cannot undo each other's decision.
   */
  async prepare(contact: Contact, before: StoredContact | undefined): Promise<() => boolean> {
    const { database, vault } = this.#profile;
    const { account, ...content } = contact;
    const sealed = await vault.sealValue("contact", account, content);
    return before === undefined
      ? () =>
        database.command("INSERT OR IGNORE INTO contact (account, sealed) VALUES (?, ?)")
          .run(account, sealed) > 0
      : () =>
        database.command("UPDATE contact SET sealed = ? WHERE account = ? AND sealed = ?")
          .run(sealed, account, before.sealed) > 0;
  }
}

/** What to throw about an account that was never met. */
export function unknownContact(account: AccountId): StorageError {
  return new StorageError("unknown-contact", `Cannot change contact: ${account} is not known`);
}
