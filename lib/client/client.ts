/**
 * A whole client without a screen: an unlocked profile and, while it is connected, its link. Faces use this and know
 * nothing of packets.
 */

import type { Clock } from "../base/clock.ts";
import { describeError, TransportError, TrustError } from "../base/errors.ts";
import type { AccountId, EnvelopeId } from "../base/ids.ts";
import { logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { parseAccountName } from "../base/account_name.ts";
import { CertificateVerifier } from "../crypto/mls/certificates.ts";
import { isSameSafetyNumber, safetyNumber } from "../crypto/safety_number.ts";
import { type ClientEvent, tellServerEvents } from "./client_event.ts";
import type { Greeted } from "./greeting.ts";
import type { Link } from "./link.ts";
import { type Contact, Contacts } from "./messaging/contacts.ts";
import { Courier, type Held } from "./messaging/courier.ts";
import { Directory } from "./messaging/directory.ts";
import { History } from "./messaging/history.ts";
import { refillKeyPackages } from "./messaging/key_packages.ts";
import { makeMessenger, type Messenger } from "./messaging/messenger.ts";
import { isRolledBack, recoverFromRollback } from "./messaging/rollback.ts";
import { Sender } from "./messaging/sender.ts";
import { Lease } from "./profile/lease.ts";
import type { Profile } from "./profile/profile.ts";
import { type SignedIn, signInByDevice } from "./sign_in.ts";

const log = logger("client");

/** Another process of the profile holds the lease: how often to look whether it is free, or whether it has news. */
const POLL_MS = 250;

export type DeliveryState = "queued" | "sealed" | "sent" | "delivered" | "failed";

/** A live connection of a client. */
interface Online {
  readonly link: Link;
  readonly courier: Courier;
  readonly greeted: Greeted;
  readonly signedIn: SignedIn;
}

export class Client implements AsyncDisposable {
  readonly profile: Profile;
  readonly messenger: Messenger;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #sender: Sender;
  #online: Online | undefined;

  constructor(profile: Profile) {
    this.profile = profile;
    const contacts = new Contacts(profile);
    const directory = new Directory(profile, contacts);
    this.messenger = makeMessenger({
      profile,
      contacts,
      directory,
      history: new History(profile.database, profile.vault),
      verifier: new CertificateVerifier(profile.own.serverId, directory),
      onEvent: (event) => this.#tell(event),
    });
    this.#sender = new Sender(this.messenger);
  }

  get clock(): Clock {
    return this.profile.clock;
  }

  get random(): Random {
    return this.profile.random;
  }

  /** Tells `listener` what happens from now on. Returns what ends that. */
  listen(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The link of the present connection. Throws TransportError `offline` when there is none. */
  get link(): Link {
    return this.#requireOnline().link;
  }

  get isOnline(): boolean {
    return this.#online?.link.isOpen === true;
  }

  /** What the server said at sign-in. */
  get signedIn(): SignedIn {
    return this.#requireOnline().signedIn;
  }

  /**
   * Signs in by this device's key over a link that was greeted, and brings the profile up to date. `already`: what a sign-in
   * by password just before brought. The client owns the link from here on. Throws Refusal, TrustError.
   */
  async connect(greeted: Greeted, already?: SignedIn): Promise<SignedIn> {
    const { link } = greeted;
    const { own } = this.profile;
    const signedIn = already ?? await signInByDevice(greeted, this.profile);
    if (signedIn.identity !== own.identity.key.fingerprint) {
      throw new TrustError(
        "own-identity-changed",
        "The server says that your account has another identity: if you did not reset it, somebody else did",
        { details: { own: own.identity.key.fingerprint, server: signedIn.identity } },
      );
    }
    this.#online = { link, courier: new Courier(this.messenger, link), greeted, signedIn };
    await this.messenger.directory.keep(own.certificate);
    if (isRolledBack(this.messenger, signedIn.highestNumber)) {
      await recoverFromRollback(this.messenger, link, signedIn.highestNumber);
    }
    tellServerEvents(link, (event) => this.#tell(event));
    return signedIn;
  }

  /** Publishes key packages that are missing, so that others can write to this device. */
  async publishKeys(): Promise<void> {
    await refillKeyPackages(this.profile, this.link);
  }

  /** Someone by any spelling of their name: from memory, else from the server. Throws Refusal `unknown-account`. */
  async findContact(name: string): Promise<Contact> {
    const parsed = parseAccountName(name);
    const known = parsed.ok ? await this.messenger.contacts.find(parsed.id) : undefined;
    if (known !== undefined) return known;
    return (await this.messenger.directory.meet(this.link, name)).contact;
  }

  /** Writes a text down for a contact; it goes out by `flush`, now or whenever that is possible. */
  async write(peer: AccountId, text: string): Promise<EnvelopeId> {
    return await this.#sender.write(peer, text);
  }

  /** Sends what waits; returns what could not leave. */
  async flush(): Promise<readonly Held[]> {
    return await this.#requireOnline().courier.send();
  }

  /** How far an own text has come. */
  deliveryOf(id: string): DeliveryState | undefined {
    return this.profile.database.query(
      "SELECT state FROM delivery WHERE id = ?",
      // Only these are ever written.
      (row) => row.text("state") as DeliveryState,
    ).first(id);
  }

  /**
   * Receives for as long as `action` runs. `caughtUp` resolves when everything that waited is stored; at once when another
   * process of this profile receives. Rejects with what ended the receiving, if that was not `action`.
   */
  async receiving<Result>(
    action: (caughtUp: Promise<void>, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { courier } = this.#requireOnline();
    const lease = Lease.take(this.profile.database, this.profile);
    const stop = new AbortController();
    if (lease === undefined) return await action(Promise.resolve(), stop.signal);
    const { promise: caughtUp, resolve, reject } = Promise.withResolvers<void>();
    // Whoever waits for it sees the failure; if nobody does, `ended` reports it.
    caughtUp.catch(() => {});
    const receiving = courier.receive(lease, { signal: stop.signal, onCaughtUp: resolve });
    const ended = receiving.then(
      () => reject(new TransportError("offline", "The connection to the server ended")),
      (error) => {
        if (!stop.signal.aborted) reject(error);
      },
    );
    try {
      return await action(caughtUp, stop.signal);
    } finally {
      stop.abort();
      await ended;
      lease.release();
    }
  }

  /**
   * Receives over the present connection until it ends or `signal` aborts. Returns at once with `elsewhere` while another
   * process of this profile receives, and with `lease-lost` when one took over: then the connection is of no more use.
   */
  async receive(
    options: { signal: AbortSignal; onCaughtUp: () => void },
  ): Promise<"link-ended" | "elsewhere" | "lease-lost"> {
    const { courier } = this.#requireOnline();
    const lease = Lease.take(this.profile.database, this.profile);
    if (lease === undefined) return "elsewhere";
    try {
      await courier.receive(lease, options);
      return lease.isHeld ? "link-ended" : "lease-lost";
    } finally {
      lease.release();
    }
  }

  /** Takes up everything that waits in the mailbox. */
  async sync(): Promise<void> {
    await this.receiving((caughtUp) => caughtUp);
  }

  /** Waits until an own text is delivered; false when the time is over first. Use inside `receiving`. */
  async waitDelivered(
    id: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<boolean> {
    const untilMs = this.clock.monotonicMs() + options.timeoutMs;
    while (this.deliveryOf(id) !== "delivered") {
      if (this.clock.monotonicMs() >= untilMs) return false;
      await this.clock.sleep(POLL_MS, { signal: options.signal });
    }
    return true;
  }

  /** The 60 digits that this person and a contact compare (SR-08). */
  safetyNumber(contact: Contact): string {
    const { own } = this.profile;
    return safetyNumber(
      own.serverId,
      { accountId: own.account, identity: own.identity.key.fingerprint },
      { accountId: contact.account, identity: contact.changedTo ?? contact.pinned },
    );
  }

  /** Marks a contact verified if all 60 digits agree; else changes nothing and returns false. */
  async verify(contact: Contact, expected: string): Promise<boolean> {
    if (contact.changedTo !== undefined) return false;
    if (!isSameSafetyNumber(expected, this.safetyNumber(contact))) return false;
    await this.messenger.contacts.markVerified(contact.account);
    return true;
  }

  /** Takes the identity that a contact changed to; what waited can leave, and a held conversation is taken up. */
  async acceptIdentity(contact: Contact): Promise<Contact> {
    const { conversations, groups, contacts } = this.messenger;
    const accepted = await contacts.accept(contact.account);
    const open = conversations.openWith(contact.account);
    if (open !== undefined && contact.changedTo !== undefined) {
      // Its group is one of the old identity: the next text begins another (SR-17).
      this.profile.database.transaction(() => {
        conversations.setState(open.conversation, "closed");
        groups.remove(open.conversation);
        this.profile.database.command("DELETE FROM outbox WHERE conversation = ?")
          .run(open.conversation);
      });
    }
    return accepted;
  }

  /** Closes the link. The profile belongs to whoever opened it. */
  async close(): Promise<void> {
    const online = this.#online;
    this.#online = undefined;
    await online?.link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
    if (event.type !== "roster") return;
    for (const { account, change } of event.changes) {
      if (change === "identity") this.#identityAnnounced(account);
    }
  }

  /** The pin is compared before anything else leaves for that account. */
  #identityAnnounced(account: string): void {
    this.messenger.directory.meet(this.link, account).then(
      (met) => this.#tell({ type: "identity", ...met }),
      (error) => log.warn("cannot check announced identity", { reason: describeError(error) }),
    );
  }

  #requireOnline(): Online {
    if (this.#online === undefined) {
      throw new TransportError("offline", "Not connected to the server");
    }
    return this.#online;
  }
}
