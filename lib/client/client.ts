/**
 * A whole client without a screen: an unlocked profile and, while it is connected, its link. Faces use this and know
 * nothing of packets.
 */

import type { Bytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { TransportError } from "../base/errors.ts";
import type { AccountId, EnvelopeId, Peer } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { type InviteTerms, type MadeInvite, makeInvite } from "./account/invites.ts";
import type { SignedIn } from "./account/sign_in.ts";
import type { HandshakeResult } from "./link/handshake.ts";
import type { Link } from "./link/link.ts";
import type { Profile } from "./profile/profile.ts";
import type { Held } from "./sending/online_link.ts";
import type { ClientEvent } from "./sync/client_event.ts";
import { makeMessenger, type Messenger } from "./store/messenger.ts";
import type { Contact } from "./store/contacts.ts";
import * as people from "./contacts/people.ts";
import {
  deliveriesOf,
  deliveryOf,
  type DeliveryState,
  writeText,
  type WritingOptions,
} from "./sending/sender.ts";
import { FEATURES } from "./sync/families.ts";
import {
  goOnline,
  type Online,
  receive,
  type ReceiveEnd,
  type ReceiveOptions,
  receiveWhile,
} from "./sync/online.ts";
import { PublicWords } from "./announcements/public_words.ts";
import { ClientRooms } from "./rooms/rooms.ts";
import { Talk } from "./talk/talk.ts";
import { LiveStreams } from "./streams/live_now.ts";
import { Transfers } from "./transfers/transfers.ts";
import { acceptIdentity, meet } from "./contacts/contact_check.ts";
import {
  acceptRequest,
  listRequests,
  type MessageRequest,
  refuseAccount,
} from "./contacts/requests.ts";
import { refillKeyPackages } from "./groups/key_packages.ts";

/** An unlocked profile with or without a connection. Closing it closes both. */
export class Client implements AsyncDisposable {
  readonly messenger: Messenger;
  /** What is said to everyone: broadcasts, and being busy. */
  readonly publicly: PublicWords;
  readonly rooms: ClientRooms;
  /** What was said, and what can be done with it. */
  readonly talk: Talk;
  readonly transfers: Transfers;
  /** Streams that run in this process. */
  readonly live = new LiveStreams();
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #token: Bytes | undefined;
  #online: Online | undefined;

  /** `token`: of a bot's device, which signs in with it only (SR-48). */
  constructor(readonly profile: Profile, token?: Bytes, features = FEATURES) {
    this.#token = token;
    this.messenger = makeMessenger(profile, features, (event) => this.#tell(event));
    this.publicly = new PublicWords(this.messenger, () => this.#online?.link);
    const tellDecided = () => this.#online?.accountData.tell();
    const isLiveRunning = () => this.live.isRunning;
    this.transfers = new Transfers(
      this.messenger,
      () => this.#online,
      isLiveRunning,
      tellDecided,
    );
    this.rooms = new ClientRooms(this.messenger, () => this.#requireOnline());
    this.talk = new Talk(this.messenger, tellDecided);
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

  /** What the server said of itself. */
  get handshake(): HandshakeResult {
    return this.#requireOnline().handshake;
  }

  /** An invite to this server, for others. Rejects with what `makeInvite` rejects with. */
  async invite(terms: InviteTerms): Promise<MadeInvite> {
    return await makeInvite(this.handshake, terms, {
      random: this.random,
      interfaces: Deno.networkInterfaces(),
    });
  }

  /** What the server said at sign-in. */
  get signedIn(): SignedIn {
    return this.#requireOnline().signedIn;
  }

  /**
   * Signs in by this device's key over a link that was greeted, and brings the profile up to date. `already`: what a sign-in
   * by password just before brought. The client owns the link from here on. Throws Refusal, TrustError.
   */
  async connect(
    handshake: HandshakeResult,
    already?: SignedIn,
  ): Promise<SignedIn> {
    const tell = (event: ClientEvent) => this.#tell(event);
    this.#online = await goOnline(this.messenger, handshake, {
      already,
      token: this.#token,
      tell,
    });
    this.#tell({ type: "connected" });
    return this.#online.signedIn;
  }

  /** Publishes key packages that are missing, so that others can write to this device. */
  async publishKeys(): Promise<void> {
    await refillKeyPackages(this.profile, this.link);
  }

  /** Someone by any spelling of their name: from memory, else from the server. Throws Refusal `unknown-account`. */
  findContact(name: string): Promise<Contact> {
    return people.findContact(this.messenger, () => this.link, name);
  }

  /** The same by what the directory says now, compared with the pin. */
  meet(name: string): Promise<Contact> {
    return meet(this.messenger, this.link, name);
  }

  /**
   * Writes a text down for a contact; it goes out by `flush`, now or whenever that is possible. Throws Refusal `blocked` for
   * who was blocked.
   */
  async write(peer: Peer, text: string, options?: WritingOptions): Promise<EnvelopeId> {
    await people.befriend(this.messenger, peer);
    return await writeText(this.messenger, peer, text, options);
  }

  /** Sends what waits; returns what could not leave. */
  async flush(): Promise<readonly Held[]> {
    const { syncEngine, accountData } = this.#requireOnline();
    const held = await syncEngine.send();
    // Whom one writes to one knows.
    await accountData.flush();
    return held;
  }

  /** How far an own text has come. */
  deliveryOf(id: string): DeliveryState | undefined {
    return deliveryOf(this.messenger, id);
  }

  /** The same of many, in one look; those of others are not in it. */
  deliveriesOf(ids: readonly string[]): ReadonlyMap<string, DeliveryState> {
    return deliveriesOf(this.messenger, ids);
  }

  /**
   * Receives for as long as `action` runs. `caughtUp` resolves when everything that waited is stored; at once while another
   * process of this profile receives. When the receiving ends by itself, `signal` aborts with the reason.
   */
  async receiving<Result>(
    action: (caughtUp: Promise<void>, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return await receiveWhile(this.profile, this.#requireOnline(), action);
  }

  /**
   * Receives over the present connection until it ends or `signal` aborts. Returns at once with `elsewhere` while another
   * process of this profile receives, and with `lease-lost` when one took over: then the connection is of no more use.
   */
  receive(options: ReceiveOptions): Promise<ReceiveEnd> {
    return receive(this.profile, this.#requireOnline(), options);
  }

  /** Takes up everything that waits in the mailbox, and what one's other devices decided. */
  async sync(): Promise<void> {
    await this.#requireOnline().accountData.sync();
    await this.receiving((caughtUp) => caughtUp);
  }

  /** Waits until an own text is delivered; false when the time is over first, or it failed. Use inside `receiving`. */
  async waitDelivered(
    id: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<boolean> {
    const untilMs = this.clock.monotonicMs() + options.timeoutMs;
    const leftMs = () => untilMs - this.clock.monotonicMs();
    return await this.profile.writes.until(() => {
      const state = this.deliveryOf(id);
      if (state === "delivered") return true;
      return state === "failed" || leftMs() <= 0 ? false : undefined;
    }, { againMs: leftMs, signal: options.signal });
  }

  /** The 60 digits that this person and a contact compare (SR-08). */
  safetyNumber(contact: Contact): string {
    return people.safetyNumberWith(this.messenger, contact);
  }

  /** Marks a contact verified if all 60 digits agree; else changes nothing and returns false. */
  verify(contact: Contact, expected: string): Promise<boolean> {
    return people.verifyContact(this.messenger, contact, expected);
  }

  /** What strangers said, which waits for the person's word. */
  requests(): Promise<readonly MessageRequest[]> {
    return listRequests(this.messenger);
  }

  /** A stranger is a contact from now on: what they said comes into the history. Returns how many texts that were. */
  async accept(account: AccountId): Promise<number> {
    const count = await acceptRequest(this.messenger, account);
    this.#online?.syncEngine.retryHeld();
    this.#online?.accountData.tell();
    return count;
  }

  /** What an account says is thrown away from now on. It is not told, the account's other devices are. */
  refuse(account: AccountId, standing: "declined" | "blocked"): void {
    refuseAccount(this.messenger, account, standing);
    this.#online?.accountData.tell();
  }

  /** Whom one had blocked one knew; whom one had declined may ask again. False: neither was the case. */
  unrefuse(account: AccountId): boolean {
    const isChanged = people.unrefuse(this.messenger, account);
    this.#online?.accountData.tell();
    return isChanged;
  }

  /** Takes the identity that a contact changed to; what waited can leave, and a held conversation is taken up. */
  async acceptIdentity({ account, changedTo }: Contact): Promise<Contact> {
    const accepted = await acceptIdentity(this.messenger, account, changedTo);
    this.#online?.syncEngine.retryHeld();
    return accepted;
  }

  /** Gives up the conversation with a contact, e.g. one that is out of step: the next text begins another one. */
  beginAnew(contact: Contact): Promise<void> {
    return people.beginAnew(this.messenger, contact);
  }

  /** Closes the link, when one's other devices know what was decided here. The profile belongs to whoever opened it. */
  async close(): Promise<void> {
    const online = this.#online;
    this.#online = undefined;
    await online?.accountData.finish();
    await online?.link.close();
    // What the server's news began ends now, and must have ended before the profile is closed.
    await Promise.all([online?.syncEngine.settled(), online?.accountData.settled()]);
  }

  /** Closes the link, and has `stayConnected` connect at once. */
  async reconnect(): Promise<void> {
    this.#tell({ type: "hurried" });
    await this.close();
  }

  /** Closes the link and what outlives it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.transfers.direct.close();
  }

  #tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #requireOnline(): Online {
    if (this.#online === undefined) {
      throw new TransportError("offline", "Not connected to the server");
    }
    return this.#online;
  }
}
