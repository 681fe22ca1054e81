/** What was said with each person, opened when it is needed and at most once. */

import { TransportError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import type { KnownPeer, Meeting } from "./address_book.ts";
import type { MetPeer } from "./handshake.ts";
import { closeStream } from "./meeting.ts";
import type { NodeParts } from "./node_parts.ts";
import { Pair } from "./pair.ts";

/** Owns every pair that it has opened. */
export class Pairs {
  readonly #parts: NodeParts;
  readonly #open = new Map<AccountId, Promise<Pair>>();
  readonly #connected = new Map<AccountId, Pair>();
  #isClosed = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** The pair with a person. Throws StorageError. */
  async open(peer: KnownPeer): Promise<Pair> {
    this.#requireOpen();
    const opening = this.#open.get(peer.account) ?? this.#make(peer);
    this.#open.set(peer.account, opening);
    try {
      const pair = await opening;
      // Closed meanwhile, and with it this one.
      this.#requireOpen();
      this.#connected.set(peer.account, pair);
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
    return this.#connected.get(account)?.isConnected === true;
  }

  async close(account: AccountId): Promise<void> {
    const opening = this.#open.get(account);
    this.#open.delete(account);
    this.#connected.delete(account);
    // One that could not be opened has told whoever wanted it.
    await (await opening?.catch(() => undefined))?.close();
  }

  /** None is opened afterwards. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open.keys()].map((account) => this.close(account)));
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new TransportError("closed", "The shell is closed");
  }

  async #make(peer: KnownPeer): Promise<Pair> {
    const { folder, me, clock, random, onEvent } = this.#parts;
    return await Pair.open(await folder.ofPeer(peer.folder), {
      own: me.own,
      peer,
      key: peer.key,
      clock,
      random,
      onEvent: (event) => onEvent({ type: "pair", peer, event }),
    });
  }
}
