/**
 * Somebody without a server (docs/p2p.md): listens, connects, knows people, and has a pair with each. Connections that are
 * lost are made again by whoever knows an address of the other.
 */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { HostPort } from "../../net/address.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { type Accepted, Listener } from "../../net/listener.ts";
import type { AddressBook, KnownPeer, Meeting } from "./address_book.ts";
import type { NodeParts } from "./node_parts.ts";
import { Pairs } from "./pairs.ts";
import { PeerPresence } from "./presence.ts";
import { Reception } from "./reception.ts";
import { Redialler } from "./redialling.ts";

const log = logger("client", "node");

/** Few enough that strangers cannot use up a person's descriptors. */
const LIMITS = { connections: 512, unauthenticated: 64, unauthenticatedPerAddress: 16 };

type MetPeer = Awaited<ReturnType<Reception["meetAccepted"]>>;
/** Who it must be, and until when. */
type ConnectOptions = Pick<Parameters<NodeParts["dial"]>[1], "expected" | "signal">;

/** Owns its connections and pairs, and the folder. */
export class PeerNode implements AsyncDisposable {
  readonly pairs: Pairs;
  readonly #parts: NodeParts;
  readonly #scope = new Scope();
  readonly #redialler: Redialler;
  readonly #reception: Reception;
  readonly #presence: PeerPresence;
  #listener: Listener | undefined;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.pairs = new Pairs(parts);
    this.#presence = new PeerPresence(parts);
    this.#reception = new Reception(parts, () => this.#listener?.address.port);
    this.#redialler = new Redialler(parts, {
      isConnected: (account) => this.pairs.isConnected(account),
      dial: (address, expected, signal) => this.#dial(address, { expected, signal }, false),
    });
  }

  get me(): NodeParts["me"] {
    return this.#parts.me;
  }

  get book(): AddressBook {
    return this.#parts.book;
  }

  /** Where it listens; undefined when it does not. */
  get address(): HostPort | undefined {
    return this.#listener?.address;
  }

  /** Accepts from now on, and comes back to whom it knows. Throws TransportError as `Listener.open`. */
  listen(address: HostPort): HostPort {
    const { clock, me } = this.#parts;
    const listener = Listener.open(address, { clock, limits: LIMITS, tls: me.tls });
    this.#listener = listener;
    this.#scope.run("listen", () => listener.run((accepted) => this.#accepted(accepted)));
    for (const peer of this.book.list()) this.#comeBackTo(peer);
    return listener.address;
  }

  /**
   * Meets whoever is at an address. `expected`: their certificate, by an invite. Throws TransportError, TrustError, Refusal,
   * ProtocolError.
   */
  async connect(
    address: HostPort,
    options: ConnectOptions,
  ): Promise<KnownPeer> {
    return await this.#dial(address, options, options.expected !== undefined);
  }

  /** Takes over a stream of any transport on which TLS has shown our certificate. Resolves when it has ended. Never rejects. */
  async accept(stream: ByteStream, remoteAddress: string, onMet: () => void): Promise<void> {
    let met: MetPeer;
    const { signal } = this.#scope;
    try {
      met = await this.#reception.meetAccepted(stream, signal);
      onMet();
    } catch (error) {
      log.info("not met", { reason: describeError(error) });
      return;
    }
    const { port } = met;
    // What they say of themselves; who is there is proved anew each time.
    const address = port === undefined ? undefined : { host: remoteAddress, port };
    try {
      await this.#talk(stream, met, { address, isByInvite: false, begins: false });
    } catch (error) {
      if (signal.aborted) return;
      // E.g. a full disk: one connection's failure is not the others'.
      log.warn("connection failed", { reason: describeError(error) });
    }
  }

  /** Gives up what was said with one person, and their name. */
  async forget(peer: KnownPeer): Promise<void> {
    await this.#redialler.forget(peer.account);
    this.book.forget(peer);
    this.#presence.forget(peer.account);
    await this.pairs.close(peer.account);
    await this.#parts.folder.removePeer(peer.folder);
  }

  /** Ends all connections, then closes the folder. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#end();
    this.#parts.folder.close();
  }

  /** Keys first: whatever happens afterwards, nothing can be read. Then the folder. */
  async destroy(): Promise<void> {
    await this.#parts.folder.destroyKeys();
    for (const { key } of this.book.list()) key.fill(0);
    await this.#end();
    await this.#parts.folder.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    const ended = this.#scope.close();
    await this.#redialler.close();
    await this.#listener?.close();
    await this.pairs.closeAll();
    await ended;
  }

  #accepted({ stream, remoteAddress, admission }: Accepted): void {
    this.#scope.run("accepted", async () => {
      try {
        await this.accept(stream, remoteAddress, () => admission.signIn());
      } finally {
        admission.release();
      }
    });
  }

  async #dial(
    address: HostPort,
    options: ConnectOptions,
    isByInvite: boolean,
  ): Promise<KnownPeer> {
    const { clock, random, dial } = this.#parts;
    const signal = anySignal(options.signal, this.#scope.signal);
    const dialled = await dial(address, { ...options, clock, random, signal });
    const met = await this.#reception.meetDialled(dialled, signal);
    const known = Promise.withResolvers<KnownPeer>();
    this.#scope.run("dialled", async () => {
      try {
        const how = { address, isByInvite, begins: true, onKnown: known.resolve };
        await this.#talk(dialled.stream, met, how);
      } catch (error) {
        known.reject(error);
      }
    });
    return await known.promise;
  }

  /** From who they are to the end of the connection. */
  async #talk(
    stream: ByteStream,
    met: MetPeer,
    { begins, onKnown, ...how }: Meeting & {
      readonly begins: boolean;
      readonly onKnown?: (peer: KnownPeer) => void;
    },
  ): Promise<void> {
    const { peer, pair, isNew } = await this.pairs.meet(stream, met, how);
    const joined = pair.join(stream, { address: how.address?.host ?? "", begins });
    this.#presence.came(peer, isNew);
    onKnown?.(peer);
    this.#comeBackTo(peer);
    await joined;
    this.#redialler.wake(peer.account);
    await this.#presence.lost(peer, () => pair.isConnected, this.#scope.signal);
  }

  #comeBackTo({ account }: KnownPeer): void {
    this.#redialler.keep(account);
  }
}
