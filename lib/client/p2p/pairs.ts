/** What was said with each person, opened when it is needed and at most once. */

import { describeError, TransportError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import type { KnownPeer, Meeting } from "./address_book.ts";
import type { MetPeer } from "./handshake.ts";
import { closeStream } from "./peer_dialling.ts";
import type { NodeParts } from "./node_parts.ts";
import { Pair } from "./pair.ts";

const log = logger("client", "node");

/** Descriptors of one that is open: its databases, each with its log and that one's index. */
export const PAIR_DESCRIPTORS = 6;
/** So many stay open while nobody is connected and nothing was said to them: whoever comes and goes under ever new names must not use up the descriptors. */
export const IDLE_PAIRS_MAX = 16;

/** Owns every pair that it has opened. Who holds one while nobody is connected MUST NOT open many others meanwhile, but in its `using`. */
export class Pairs {
  readonly #parts: NodeParts;
  /** The one that was asked for last is the last. */
  readonly #open = new Map<AccountId, Promise<Pair>>();
  readonly #opened = new Map<AccountId, Pair>();
  /** Those that are being closed: their databases are opened again only after that. */
  readonly #closing = new Map<AccountId, Promise<void>>();
  #isClosed = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** The pair with a person. Throws StorageError. */
  async open(peer: KnownPeer): Promise<Pair> {
    this.#requireOpen();
    const opening = this.#open.get(peer.account) ?? this.#make(peer);
    this.#open.delete(peer.account);
    this.#open.set(peer.account, opening);
    try {
      const pair = await opening;
      // Closed meanwhile, and with it this one.
      this.#requireOpen();
      this.#opened.set(peer.account, pair);
      this.closeIdle();
      return pair;
    } catch (error) {
      if (!this.#isClosed) this.#open.delete(peer.account);
      throw error;
    }
  }

  /** Writes down who was met on a stream, and opens their pair. Throws StorageError, having closed the stream. */
  async meet(
    stream: ByteStream,
    met: MetPeer,
    how: Meeting,
  ): Promise<{ peer: KnownPeer; pair: Pair; isNew: boolean }> {
    const { book } = this.#parts;
    try {
      const isNew = book.find(met.entry.accountId) === undefined;
      const peer = await book.learn(met, how);
      return { peer, pair: await this.open(peer), isNew };
    } catch (error) {
      closeStream(stream);
      throw error;
    }
  }

  isConnected(account: AccountId): boolean {
    return this.#opened.get(account)?.isConnected === true;
  }

  /**
   * A connection has ended, or one more is open: of those without a connection to whom nothing was said, the ones that were asked
   * for longest ago go.
   */
  closeIdle(): void {
    const idle = [...this.#open.keys()].filter((account) => {
      const pair = this.#opened.get(account);
      return pair !== undefined && !pair.isConnected && !pair.isAnswered && !pair.isUsed;
    });
    for (const account of idle.slice(0, -IDLE_PAIRS_MAX)) {
      this.close(account).catch((error) => {
        log.warn("pair not closed", { reason: describeError(error) });
      });
    }
  }

  async close(account: AccountId): Promise<void> {
    const opening = this.#open.get(account);
    if (opening === undefined) return await this.#closing.get(account);
    this.#open.delete(account);
    this.#opened.delete(account);
    // One that could not be opened has told whoever wanted it.
    const closing = opening.catch(() => undefined).then((pair) => pair?.close());
    this.#closing.set(account, closing);
    try {
      await closing;
    } finally {
      if (this.#closing.get(account) === closing) this.#closing.delete(account);
    }
  }

  /** None is opened afterwards. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    const accounts = [...this.#open.keys(), ...this.#closing.keys()];
    await Promise.all(accounts.map((account) => this.close(account)));
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new TransportError("closed", "The shell is closed");
  }

  async #make(peer: KnownPeer): Promise<Pair> {
    const { folder, me, clock, random, onEvent } = this.#parts;
    // Whoever closes it hears of a failure.
    await this.#closing.get(peer.account)?.catch(() => undefined);
    return await Pair.open(await folder.ofPeer(peer.folder), {
      own: me.own,
      peer,
      key: peer.key,
      clock,
      random,
      onEvent: (event) => onEvent({ type: "pair", peer, event }),
      onWritten: () => onEvent({ type: "written", peer }),
    });
  }
}
