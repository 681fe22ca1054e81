/** Nothing leaves for an account before its identity was compared with the directory over this very link (SR-07). */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { parseAccountId } from "../../base/account_name.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import type { Contact } from "./contacts.ts";
import { meet } from "./meeting.ts";
import type { Messenger } from "./messenger.ts";

const log = logger("client", "trust");

/** Knows which accounts were compared over this link. */
export class TrustGate {
  readonly #messenger: Messenger;
  readonly #link: Link;
  /** A later change is pushed by the server while the link lives. */
  readonly #met = new Set<AccountId>();

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
  }

  /** The contact as it is now. Throws Refusal `unknown-account`, TrustError `bad-directory`. */
  async contact(peer: AccountId): Promise<Contact> {
    const known = this.#met.has(peer) ? await this.#messenger.contacts.find(peer) : undefined;
    if (known !== undefined) return known;
    const met = await meet(this.#messenger, this.#link, peer);
    this.#met.add(peer);
    return met;
  }

  /** The server says that this account has another identity: it is met anew, now, and before anything else leaves for it. */
  announced(account: string): void {
    const peer = parseAccountId(account);
    if (peer === undefined) return;
    this.#met.delete(peer);
    this.#compare(peer).catch((error) =>
      log.warn("cannot check announced identity", { reason: describeError(error) })
    );
  }

  /** Whether anything may leave for this account. */
  async isOpen(peer: AccountId): Promise<boolean> {
    try {
      return (await this.contact(peer)).changedTo === undefined;
    } catch (error) {
      if (error instanceof Refusal || error instanceof TrustError) return false;
      throw error;
    }
  }

  async #compare(peer: AccountId): Promise<void> {
    // Whoever is not known yet has no pin to compare.
    if (await this.#messenger.contacts.find(peer) !== undefined) await this.contact(peer);
  }
}
