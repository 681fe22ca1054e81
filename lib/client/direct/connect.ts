/**
 * One try of two clients to connect directly. Both dial each other, since an address translator lets in only who was written
 * to; both prove the token on each connection that comes about; the side whose certificate has the lower hash chooses one.
 */

import { type Bytes, compareBytes, decodeHex, encodeHex, writeAll } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, ProtocolError, TransportError, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import {
  type DirectRole,
  type DirectTerms,
  isDirectProof,
  makeDirectProof,
} from "../../crypto/keys/direct_proof.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { QuicPeer, QuicSocket } from "../../net/quic/quic_socket.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../protocol/packet.ts";
import { directChosen, directHello, directWelcome } from "../../protocol/peer/direct.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { STRANGER_PACKET_LIMITS } from "../../protocol/limits.ts";

const log = logger("client", "direct");

/** What is agreed before anybody dials. */
export interface ConnectionPlan {
  readonly terms: DirectTerms;
  readonly role: DirectRole;
  /** Of the other side; checked by the caller (SR-77). */
  readonly addresses: readonly HostPort[];
}

/** Waits for one connection. Runs once. */
export class ConnectionAttempt {
  readonly #plan: ConnectionPlan;
  readonly #clock: Clock;
  readonly #result = Promise.withResolvers<QuicPeer>();
  readonly #contenders = new Set<QuicPeer>();
  #chosen: QuicPeer | undefined;
  #isOver = false;

  constructor(plan: ConnectionPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    // Whoever runs the meeting hears of it; until then nobody does.
    this.#result.promise.catch(() => {});
  }

  /** Resolves with the connection that both sides use. Throws TransportError `no-direct-way`, or the signal's reason. */
  async run(socket: QuicSocket, timeoutMs: number, signal: AbortSignal): Promise<QuicPeer> {
    const { addresses } = this.#plan;
    const cancel = this.#clock.after(timeoutMs, () => this.#fail(noWay("nobody answered in time")));
    const onAbort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const dialling = new AbortController();
    const dials = addresses.map((address) =>
      this.#dial(socket, address, timeoutMs, dialling.signal)
    );
    try {
      return await this.#result.promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
      this.#isOver = true;
      dialling.abort(new TransportError("closed", "The meeting is over"));
      for (const peer of this.#contenders) if (peer !== this.#chosen) peer.stream.close();
      await Promise.all(dials);
    }
  }

  /** Somebody dialled and named this attempt. Returns false when the proof is wrong: the caller counts that and closes. */
  async arrived(peer: QuicPeer, proof: Bytes): Promise<boolean> {
    const { terms, role } = this.#plan;
    const other = role === "offering" ? "answering" : "offering";
    if (!await isDirectProof(proof, terms, other)) return false;
    if (this.#isOver) {
      // The other side dialled too, and another connection was chosen meanwhile.
      peer.stream.close();
      return true;
    }
    const own = encodeHex(await makeDirectProof(terms, role));
    await writeAll(peer.stream, encodePacket({ kind: directWelcome.kind, proof: own }));
    try {
      await this.#contend(peer);
    } catch (error) {
      // Another connection was chosen, or this one is lost.
      peer.stream.close();
      log.debug("not chosen", { reason: describeError(error) });
    }
    return true;
  }

  async #dial(
    socket: QuicSocket,
    address: HostPort,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { terms, role } = this.#plan;
    const leaf = role === "offering" ? terms.answering : terms.offering;
    let peer: QuicPeer | undefined;
    try {
      peer = await socket.dial(address, { leaf }, { clock: this.#clock, timeoutMs, signal });
      const proof = encodeHex(await makeDirectProof(terms, role));
      const attempt = encodeHex(terms.attempt);
      await writeAll(peer.stream, encodePacket({ kind: directHello.kind, attempt, proof }));
      this.#contenders.add(peer);
      const { header, payload } = await readPacket(peer.stream);
      const answer = decodeHex(directWelcome.read(header, payload).proof) ?? new Uint8Array(0);
      const other = role === "offering" ? "answering" : "offering";
      if (!await isDirectProof(answer, terms, other)) {
        throw new TrustError("peer-proof", "The other side does not know the token");
      }
      await this.#contend(peer);
    } catch (error) {
      peer?.stream.close();
      log.debug("dial failed", { host: address.host, reason: describeError(error) });
    }
  }

  /** Both sides of this connection have proved themselves. */
  async #contend(peer: QuicPeer): Promise<void> {
    const { terms, role } = this.#plan;
    this.#contenders.add(peer);
    if (this.#isOver) return peer.stream.close();
    const isLower = compareBytes(terms.offering, terms.answering) < 0;
    const chooses = (role === "offering") === isLower;
    if (!chooses) {
      const { header, payload } = await readPacket(peer.stream);
      directChosen.read(header, payload);
      if (header.kind !== directChosen.kind) throw noWay("the other side sent something else");
    } else if (this.#chosen === undefined) {
      this.#chosen = peer;
      await writeAll(peer.stream, encodePacket({ kind: directChosen.kind }));
    } else return;
    this.#chosen = peer;
    this.#result.resolve(peer);
  }

  #fail(reason: unknown): void {
    this.#result.reject(reason);
  }
}

function noWay(why: string): TransportError {
  return new TransportError("no-direct-way", `Cannot connect directly: ${why}`);
}

// The first packets of a direct connection, read one by one: nothing behind them is taken from the stream.

const LENGTH_BYTES = 4;

/** One packet, within the limits of strangers. Throws ProtocolError, and TransportError `closed` at the end. */
export async function readPacket(stream: ByteStream): Promise<Packet> {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  const length = await readExactly(stream, LENGTH_BYTES);
  // Refuses a length that is too great before anything is read for it.
  decoder.push(length);
  decoder.next();
  decoder.push(await readExactly(stream, new DataView(length.buffer).getUint32(0)));
  const packet = decoder.next();
  if (packet !== undefined) return packet;
  throw new ProtocolError("bad-message", "Cannot read packet: it is not whole");
}

async function readExactly(stream: ByteStream, sizeBytes: number): Promise<Bytes> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes;) {
    const count = await stream.read(bytes.subarray(at));
    if (count === null) {
      throw new TransportError("closed", "Cannot read packet: the other side closed the stream");
    }
    at += count;
  }
  return bytes;
}
