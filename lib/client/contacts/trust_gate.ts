/** Nothing leaves for an account before its identity was compared with the directory over this very link (SR-07). */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { type AccountId, type Peer, type RoomHandle } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { askRemovalsOf } from "../groups/agreed_removals.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { Link } from "../link/link.ts";
import type { Contact } from "../store/contacts.ts";
import { meet } from "./contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { isDirect } from "../store/conversation_kinds.ts";

const log = logger("client", "trust");

/** Knows which accounts were compared over this link. */
export class TrustGate {
  readonly #messenger: Messenger;
  readonly #link: Link;
  /** A later change is pushed by the server while the link lives. */
  readonly #met = new Set<AccountId>();
  /** Under way: whoever asks for the same account meanwhile waits for the same answer. */
  readonly #meetings = new Map<AccountId, Promise<Contact>>();
  /** Comparisons under way that nobody waits for. */
  readonly #comparing = new Set<Promise<void>>();

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
  }

  /** The contact as it is now. Throws Refusal `unknown-account`, TrustError `bad-directory`. */
  async contact(peer: AccountId): Promise<Contact> {
    const known = this.#met.has(peer) ? await this.#messenger.contacts.find(peer) : undefined;
    return known ?? await (this.#meetings.get(peer) ?? this.#meet(peer));
  }

  /** The server says that this account has another identity: it is met anew, now, and before anything else leaves for it. */
  announced(account: string): void {
    const peer = parseAccountId(account);
    if (peer === undefined) return;
    this.#met.delete(peer);
    // What is under way was asked for before.
    this.#meetings.delete(peer);
    const comparing = this.#compare(peer)
      .catch((error) => {
        log.warn("cannot check announced identity", { reason: describeError(error) });
      })
      .finally(() => this.#comparing.delete(comparing));
    this.#comparing.add(comparing);
  }

  /** Resolves when nothing of it is under way. Once the link is closed that is soon. */
  async settled(): Promise<void> {
    await Promise.all(this.#comparing);
  }

  /** Whether anything may leave for this account or room. `after`: who is in the room once that is done. */
  async isOpen(peer: Peer, after?: MembershipLog): Promise<boolean> {
    if (!isDirect(peer)) return await this.changedIn(peer, after) === undefined;
    try {
      return (await this.contact(peer)).changedTo === undefined;
    } catch (error) {
      if (error instanceof Refusal || error instanceof TrustError) return false;
      throw error;
    }
  }

  /**
   * A member of the room whose identity is not the one that it came in with, as far as this person knows it: then nothing
   * leaves for the room (SR-07). Members that were never met are as the membership log says. Who is not in the one of `after`
   * does not count: what puts a member out must leave, or nobody could come in anew.
   */
  async changedIn(room: RoomHandle, after?: MembershipLog): Promise<Contact | undefined> {
    const { conversations, groups, contacts } = this.#messenger;
    const open = conversations.openWith(room);
    const membershipLog = open && await groups.membershipLogOf(open.conversation);
    for (const [account, { identity }] of membershipLog?.members ?? []) {
      if (after !== undefined && !after.members.has(account)) continue;
      const contact = await contacts.find(account);
      if (contact === undefined) continue;
      if (contact.changedTo !== undefined || contact.pinned !== identity) return contact;
    }
    return undefined;
  }

  /** Throws TrustError while nothing may leave for a room. */
  async requireOpen(room: RoomHandle): Promise<void> {
    const changed = await this.changedIn(room);
    if (changed === undefined) return;
    throw new TrustError(
      "identity-changed",
      `${changed.name}, a member of ${room}, has another identity than before: no messages are sent there until you accept it`,
      { details: { account: changed.account, pinned: changed.pinned } },
    );
  }

  #meet(peer: AccountId): Promise<Contact> {
    const isLast = () => this.#meetings.get(peer) === meeting;
    const ask = async () => {
      try {
        const contact = await meet(this.#messenger, this.#link, peer);
        if (isLast()) this.#met.add(peer);
        return contact;
      } finally {
        if (isLast()) this.#meetings.delete(peer);
      }
    };
    const meeting = ask();
    this.#meetings.set(peer, meeting);
    return meeting;
  }

  async #compare(peer: AccountId): Promise<void> {
    if (await this.#messenger.contacts.find(peer) !== undefined) await this.contact(peer);
    // Whoever is not known yet has no pin to compare, but may be in a room with this person.
    else await askRemovalsOf(this.#messenger, this.#link, peer);
  }
}
