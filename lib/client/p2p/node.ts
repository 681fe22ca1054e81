/**
 * Somebody without a server (docs/p2p.md): listens, connects, knows people, and has a pair with each. Connections that are
 * lost are made again by whoever knows an address of the other.
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { ByteStream, Transport } from "../../net/streams/byte_stream.ts";
import type { AddressBook, KnownPeer, Meeting } from "./address_book.ts";
import type { NodeParts } from "./node_parts.ts";
import { type Arrival, NodePorts } from "./node_ports.ts";
import { Pairs } from "./pairs.ts";
import { Redialler } from "./redialling.ts";
import type { AccountId } from "../../base/ids.ts";
import { meetAsAcceptor, meetAsDialler, type MetPeer, type OwnSide } from "./handshake.ts";
import { type DialledPeer, meetInTime } from "./peer_dialling.ts";
import type { ShownPeer } from "./peer_identity.ts";

const log = logger("client", "node");

/** Who it must be, and until when. */
type ConnectOptions = Pick<Parameters<NodeParts["dial"]>[1], "expected" | "signal">;

/** Owns its connections and pairs, and the folder. */
export class PeerNode implements AsyncDisposable {
  readonly #parts: NodeParts;
  readonly pairs: Pairs;
  readonly #scope = new Scope();
  readonly #redialler: Redialler;
  readonly #reception: Reception;
  readonly #presence: PeerPresence;
  #ports: NodePorts | undefined;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.pairs = new Pairs(parts);
    this.#presence = new PeerPresence(parts);
    this.#reception = new Reception(parts, () => this.#ports?.address.port);
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
    return this.#ports?.address;
  }

  /** Why it listens by TCP only; undefined when it does not, or not at all. */
  get withoutQuic(): string | undefined {
    return this.#ports?.withoutQuic;
  }

  /** Accepts from now on, and comes back to whom it knows. Throws TransportError as `Listener.open`. */
  listen(address: HostPort): HostPort {
    const { clock, me } = this.#parts;
    const ports = NodePorts.open(address, { clock, tls: me.tls });
    this.#ports = ports;
    this.#scope.run("listen", () => ports.run((arrival) => this.#arrived(arrival)));
    for (const peer of this.book.list()) this.#comeBackTo(peer);
    return ports.address;
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

  /** Takes over a stream on which our certificate was shown. Resolves when it has ended. Never rejects. */
  async #accept(arrival: Arrival): Promise<void> {
    const { stream, remoteAddress, transport, admission } = arrival;
    let met: MetPeer;
    const { signal } = this.#scope;
    try {
      met = await this.#reception.meetAccepted(arrival, signal);
      admission.signIn();
    } catch (error) {
      // Strangers cause it as often as they like; impostors are told of besides.
      log.debug("not met", { reason: describeError(error) });
      return;
    }
    const { port } = met;
    // What they say of themselves; who is there is proved anew each time.
    const address = port === undefined ? undefined : { host: remoteAddress, port };
    try {
      await this.#talk(stream, met, { address, transport, isByInvite: false, begins: false });
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
    await this.#ports?.stop();
    await this.pairs.closeAll();
    await this.#ports?.close();
    await ended;
  }

  #arrived(arrival: Arrival): void {
    this.#scope.run("arrived", async () => {
      try {
        await this.#accept(arrival);
      } finally {
        arrival.admission.release();
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
    const known = this.book.authorityAt(address, options.expected);
    const { quic } = this.#ports ?? {};
    const dialled = await dial(address, { ...options, clock, random, signal, known, quic });
    const { stream, channel, transport } = dialled;
    const met = await this.#reception.meetDialled(dialled, signal);
    const begun = Promise.withResolvers<KnownPeer>();
    this.#scope.run("dialled", async () => {
      try {
        const how = { address, isByInvite, channel, transport, begins: true };
        await this.#talk(stream, met, { ...how, onKnown: begun.resolve });
      } catch (error) {
        begun.reject(error);
      }
    });
    return await begun.promise;
  }

  /** From who they are to the end of the connection. */
  async #talk(
    stream: ByteStream,
    met: MetPeer,
    { begins, transport, onKnown, ...how }: Meeting & {
      readonly begins: boolean;
      readonly transport: Transport;
      readonly onKnown?: (peer: KnownPeer) => void;
    },
  ): Promise<void> {
    const { peer, pair, isNew } = await this.pairs.meet(stream, met, how);
    const joined = pair.join(stream, {
      address: how.address?.host ?? "",
      transport,
      begins,
      version: met.version,
    });
    this.#presence.came(peer, isNew);
    onKnown?.(peer);
    this.#comeBackTo(peer);
    await joined;
    this.pairs.closeIdle();
    this.#redialler.wake(peer.account);
    // They may be back over another pair: this one closes when many others come.
    const isHere = () => this.pairs.isConnected(peer.account);
    await this.#presence.lost(peer, isHere, this.#scope.signal);
  }

  #comeBackTo({ account }: KnownPeer): void {
    this.#redialler.keep(account);
  }
}

// Who is here, as people are told: a connection that another one follows at once is no going and coming.

/** How long a lost connection may take to be followed by the next, before it is told. */
const GRACE_MS = 1_000;

/** Tells of comings and goings, each once. */
class PeerPresence {
  readonly #parts: NodeParts;
  readonly #told = new Set<AccountId>();

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** Somebody is connected, perhaps once more. `isNew`: for the first time ever. */
  came(peer: KnownPeer, isNew: boolean): void {
    if (this.#told.has(peer.account)) return;
    this.#told.add(peer.account);
    this.#parts.onEvent({ type: "connected", peer, isNew });
  }

  /** A connection of theirs has ended. Rejects with the signal's reason. */
  async lost(peer: KnownPeer, isHere: () => boolean, signal: AbortSignal): Promise<void> {
    if (isHere()) return;
    await this.#parts.clock.sleep(GRACE_MS, { signal });
    if (isHere() || !this.#told.delete(peer.account)) return;
    this.#parts.onEvent({ type: "disconnected", peer });
  }

  /** They are a stranger again. */
  forget(account: AccountId): void {
    this.#told.delete(account);
  }
}

// Meeting people, whoever connected: under a deadline, with the own papers, and by the own rules.

/** Knows who one is and whom one knows. */
class Reception {
  readonly #parts: NodeParts;
  readonly #port: () => number | undefined;

  /** `port`: where one listens now. */
  constructor(parts: NodeParts, port: () => number | undefined) {
    this.#parts = parts;
    this.#port = port;
  }

  /** Throws as `meetAsDialler`, TransportError `timed-out`; then the stream is closed. */
  meetDialled({ stream, channel }: DialledPeer, signal: AbortSignal): Promise<MetPeer> {
    const meet = () => meetAsDialler(stream, channel.fingerprint, this.#side());
    return meetInTime(stream, meet, { clock: this.#parts.clock, signal });
  }

  /** Throws as `meetAsAcceptor`, TransportError `timed-out`; then the stream is closed. */
  meetAccepted(
    { stream, acceptedAtMs }: { readonly stream: ByteStream; readonly acceptedAtMs?: number },
    signal: AbortSignal,
  ): Promise<MetPeer> {
    const meet = () => meetAsAcceptor(stream, this.#side());
    return meetInTime(stream, meet, { clock: this.#parts.clock, signal, beganAtMs: acceptedAtMs });
  }

  #side(): OwnSide {
    const { me: { own, tlsFingerprint }, random, clock } = this.#parts;
    const judge = (peer: ShownPeer) => this.#judge(peer);
    return { own, tlsFingerprint, port: this.#port(), random, nowMs: clock.nowMs(), judge };
  }

  /** They are told no more than that they are not welcome; the person here is told why, loudly. */
  #judge(peer: ShownPeer): void {
    try {
      this.#parts.book.requireNoImpostor(peer);
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      const name = peer.entry.accountName;
      this.#parts.onEvent({ type: "impostor", name, warning: error.message });
      const message = "They know you with another key or name, and refuse the connection";
      throw new Refusal("not-allowed", message, { cause: error });
    }
  }
}
