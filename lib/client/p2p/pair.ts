/**
 * One other person without a server: what was said with them, in a database and under a key of its own (row S1.20), and the
 * connection to them while there is one. All that is above a link is as with a server; only who keeps the order differs: the
 * one with the lower fingerprint does, and the other's link leads there.
 */

import { Bug, describeError, TransportError } from "../../base/errors.ts";
import type { AccountId, EnvelopeId, Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import type { ByteStream, Transport } from "../../net/streams/byte_stream.ts";
import { acceptIdentity } from "../contacts/contact_check.ts";
import { befriend, safetyNumberWith, unrefuse, verifyContact } from "../contacts/people.ts";
import { refuseAccount } from "../contacts/requests.ts";
import { ClientRooms } from "../rooms/rooms.ts";
import { writeText, type WritingOptions } from "../sending/sender.ts";
import { Talk } from "../talk/talk.ts";
import { Transfers } from "../transfers/transfers.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import { openMessenger, type PairOptions, type PairPeer } from "./pair_messenger.ts";
import { Sequencer } from "./sequencer.ts";
import { askingLink, ownLink, servedConnection } from "./pair_streams.ts";
import { PairTalk } from "./pair_talk.ts";
import { PROTOCOL_VERSIONS } from "../../protocol/versions.ts";
import { LiveStreams } from "../streams/live_now.ts";
import { Streams } from "../streams/streams.ts";

/** How somebody has come. */
interface Joining {
  readonly address: string;
  readonly transport: Transport;
  /** Makes the group if there is none yet, as whoever connected does. */
  readonly begins: boolean;
  /** Of the protocol, as both have agreed on. */
  readonly version: number;
}

const log = logger("client", "pair");

/** Before that link is made again, which only a failure of the own disk ends. */
const RETRY_MS = 1000;

/** After what was to disappear could not be erased. */
const EXPIRY_AGAIN_MS = 1000;

/** Owns its databases, its order, and the connections it was given. */
export class Pair implements AsyncDisposable {
  readonly #order: Sequencer | undefined;
  readonly #options: PairOptions;
  readonly peer: PairPeer;
  /** What was said, and what can be done with it. */
  readonly talk: Talk;
  /** None. */
  readonly rooms: ClientRooms;
  /** Files that go to and fro. They run by themselves. */
  readonly transfers: Transfers;
  /** What one shows the other. */
  readonly streams: Streams;
  readonly #exchange: PairTalk;
  readonly #scope = new Scope();
  /** What each connection of the other one goes over, the newest last. */
  readonly #remote: { readonly transport: Transport }[] = [];
  #isAnswered = false;
  #uses = 0;
  #isClosed = false;

  private constructor(
    readonly messenger: Messenger,
    /** Undefined when the other one keeps it. */
    order: Sequencer | undefined,
    options: PairOptions,
  ) {
    this.#order = order;
    this.#options = options;
    this.peer = options.peer;
    this.talk = new Talk(messenger);
    this.rooms = new ClientRooms(messenger, () => {
      throw new TransportError("offline", "Rooms need a server");
    });
    const live = new LiveStreams();
    this.transfers = new Transfers(messenger, () => undefined, () => live.isRunning);
    this.#exchange = new PairTalk(messenger, this.transfers, options.peer.account);
    this.streams = streamsOfPair(messenger, this.#exchange, live, () => this.isConnected);
    this.#scope.run("writes", (signal) => this.#follow(signal));
    this.#scope.run("talk", (signal) => this.#exchange.run(signal));
    if (order === undefined) return;
    this.#scope.run("own order", (signal) => this.#linkToOwnOrder(order, signal));
  }

  /** Opens or makes the folder's databases. Throws StorageError, TrustError `identity-changed`. */
  static async open(folder: string, options: PairOptions): Promise<Pair> {
    const messenger = await openMessenger(folder, options);
    const { own, peer, clock } = options;
    const keepsOrder = own.identity.key.fingerprint < peer.identity;
    try {
      // What came due while it was closed is gone before anybody sees it.
      await new Talk(messenger).refresh();
      const mine = { ...own, identity: own.identity.key.fingerprint };
      const order = keepsOrder
        ? Sequencer.open(`${folder}/order.db`, { clock, members: [mine, peer] })
        : undefined;
      return new Pair(messenger, order, options);
    } catch (error) {
      messenger.profile.database.close();
      throw error;
    }
  }

  get profile(): Messenger["profile"] {
    return this.messenger.profile;
  }

  get clock(): PairOptions["clock"] {
    return this.#options.clock;
  }

  /** Connections of the other one: several for a moment, when both have connected at once. */
  get connections(): number {
    return this.#remote.length;
  }

  /** Whether the other one is connected. */
  get isConnected(): boolean {
    return this.#remote.length > 0;
  }

  /** Whether something was said to the other one since it is open: whoever said it may ask what has become of it. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Whether something works with it now. */
  get isUsed(): boolean {
    return this.#uses > 0;
  }

  /** What the connection goes over that is used; undefined when there is none. */
  get transport(): Transport | undefined {
    return this.#remote.at(-1)?.transport;
  }

  /** Whether their order is kept here. */
  get keepsOrder(): boolean {
    return this.#order !== undefined;
  }

  /**
   * Talks over a stream to the other one, who has proved who they are, until it ends. The newest stream is the one that is
   * used. Never rejects.
   */
  async join(stream: ByteStream, joining: Joining): Promise<void> {
    this.#remote.push(joining);
    try {
      if (this.#isClosed) return stream.close();
      await this.#serve(stream, joining);
    } catch (error) {
      log.warn("connection failed", { reason: describeError(error) });
    } finally {
      this.#remote.splice(this.#remote.indexOf(joining), 1);
    }
  }

  /**
   * Writes a text down: it goes out now or when they come back. Throws UsageError `text-empty`, `text-too-long`, Refusal
   * `blocked`.
   */
  async write(peer: Peer, text: string, options?: WritingOptions): Promise<EnvelopeId> {
    this.#isAnswered = true;
    await befriend(this.messenger, peer);
    const id = await writeText(this.messenger, peer, text, options);
    this.wake();
    return id;
  }

  /** It stays open while `action` works with it, however many others come. */
  async using<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#uses++;
    try {
      return await action();
    } finally {
      this.#uses--;
    }
  }

  /** What they say is thrown away from now on. They are not told. */
  refuse(account: AccountId, standing: "declined" | "blocked"): void {
    refuseAccount(this.messenger, account, standing);
  }

  /** They are heard again. False: they were all the time. */
  unrefuse(account: AccountId): boolean {
    return unrefuse(this.messenger, account);
  }

  /** The other one, who was pinned when it was opened. */
  async meet(): Promise<Contact> {
    const { account } = this.peer;
    const contact = await this.messenger.contacts.find(account);
    if (contact === undefined) throw new Bug(`Cannot find ${account}: the pair does not know them`);
    return contact;
  }

  /** As `Client.safetyNumber`. */
  safetyNumber(contact: Contact): string {
    return safetyNumberWith(this.messenger, contact);
  }

  /** As `Client.verify`. */
  verify(contact: Contact, expected: string): Promise<boolean> {
    return verifyContact(this.messenger, contact, expected);
  }

  /** As `Client.acceptIdentity`. */
  acceptIdentity({ account, changedTo }: Contact): Promise<Contact> {
    return acceptIdentity(this.messenger, account, changedTo);
  }

  /** What was written down goes now, if they are here. */
  wake(): void {
    this.#isAnswered = true;
    this.#exchange.wake();
  }

  /** Ends the connections and closes the databases. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = this.#scope.close();
    await this.#exchange.close();
    await this.#order?.close();
    await ended;
    this.messenger.profile.database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(
    stream: ByteStream,
    { address, begins, version }: Joining,
  ): Promise<void> {
    const { clock } = this.#options;
    if (this.#order === undefined) {
      const link = askingLink(stream, address, clock);
      link.agreed(version);
      this.#exchange.use(link, begins);
      await link.closed;
      return;
    }
    if (begins) this.#exchange.begin();
    await this.#order.serve(this.peer, servedConnection(stream, address, clock));
  }

  /** Tells that something was written, and erases what is to disappear. */
  async #follow(signal: AbortSignal): Promise<void> {
    let hasFailed = false;
    const againMs = () => {
      if (hasFailed) return EXPIRY_AGAIN_MS;
      const dueMs = this.talk.nextDueMs;
      return dueMs === undefined ? undefined : dueMs - this.clock.nowMs();
    };
    await this.profile.writes.until<never>(async () => {
      hasFailed = false;
      this.#options.onWritten();
      try {
        await this.talk.refresh();
      } catch (error) {
        // E.g. a full disk: it is tried again.
        log.warn("expiry failed", { reason: describeError(error) });
        hasFailed = true;
      }
      return undefined;
    }, { againMs, signal });
  }

  /** Over memory, so that both are served alike; again, should it fail. */
  async #linkToOwnOrder(order: Sequencer, signal: AbortSignal): Promise<void> {
    const { clock, own } = this.#options;
    for (;;) {
      const { link, served } = ownLink(clock);
      link.agreed(PROTOCOL_VERSIONS.max);
      const ended = order.serve(own, served);
      this.#exchange.use(link, false);
      await ended;
      await clock.sleep(RETRY_MS, { signal });
    }
  }
}

// What two without a server show each other: over their link, and no other way.

/** `isConnected`: the link of who keeps the order is there while the other one is not. */
function streamsOfPair(
  messenger: Messenger,
  talk: Pick<PairTalk, "link" | "isOnline" | "flush">,
  live: LiveStreams,
  isConnected: () => boolean,
): Streams {
  return new Streams({
    messenger,
    live,
    get isOnline() {
      return isConnected() && talk.isOnline;
    },
    get link() {
      return talk.link;
    },
    flush: () => talk.flush(),
  });
}
