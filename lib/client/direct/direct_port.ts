/**
 * This program's UDP port for direct connections: one for all, with one certificate, opened when it is first needed. Who
 * arrives names an attempt that was agreed inside the seal, or is turned away and counted.
 */

import { type Bytes, decodeHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { makeSessionCertificate } from "../../crypto/certificates/session_certificate.ts";
import { withDeadline } from "../../net/streams/deadline.ts";
import { type QuicPeer, QuicSocket } from "../../net/quic/quic_socket.ts";
import { DIRECT_PROTOCOL, directHello } from "../../protocol/peer/direct.ts";
import { ConnectionAttempt, type ConnectionPlan, readPacket } from "./connect.ts";

const log = logger("client", "direct");

/** How long a token is good for (SR-76). */
export const TOKEN_MS = 60_000;
/** From a plan to a connection: three lost datagrams of the handshake cost 7 s. */
const MEETING_MS = 12_000;
/** Who was let in has so long to name an attempt. */
const HELLO_MS = 5_000;
/** Who says hello at the same time; more are turned away. */
export const MAX_ARRIVALS = 16;
/** Wrong proofs for one attempt, after which nobody can use it. */
export const MAX_WRONG_PROOFS = 8;

/** Why somebody was turned away, and how many. */
export interface TurnedAway {
  /** Named no attempt that is open: unknown, used up, or its 60 s are over. */
  readonly unknown: number;
  readonly forged: number;
  /** Said something else, or nothing. */
  readonly silent: number;
  readonly crowded: number;
}

interface Expected {
  readonly meeting: Promise<ConnectionAttempt>;
  wrongProofs: number;
}

/** What a port needs. */
export interface DirectPortOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For tests: one address of this machine. */
  readonly host?: string;
  /** Left out, any that is free. */
  readonly port?: number | undefined;
}

/** One for each program. */
export class DirectPort implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();
  readonly #turnedAway = { unknown: 0, forged: 0, silent: 0, crowded: 0 };
  readonly #accepting: Promise<void>;
  #arrivals = 0;

  private constructor(
    readonly socket: QuicSocket,
    /** SHA-256 of the certificate that it shows. */
    readonly certificate: Bytes,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#accepting = socket.accept((peer) => void this.#arrived(peer));
  }

  /** Throws TransportError `no-udp`. */
  static async open({ clock, random, host, port = 0 }: DirectPortOptions): Promise<DirectPort> {
    const identity = await makeSessionCertificate(random, clock.nowMs());
    const protocol = DIRECT_PROTOCOL;
    const socket = QuicSocket.open({ clock, protocol, identity, port, ...(host && { host }) });
    return new DirectPort(socket, identity.hash, clock);
  }

  get port(): number {
    return this.socket.port;
  }

  get turnedAway(): TurnedAway {
    return this.#turnedAway;
  }

  /** Attempts that somebody may still use. */
  get openAttempts(): number {
    return this.#expected.size;
  }

  /**
   * Waits for somebody who knows the token, and dials where they may be, once `plan` is known: who arrives before waits for
   * it. Resolves with a connection both sides proved themselves on. Throws TransportError `no-direct-way`, what `plan` throws,
   * or the signal's reason. Whatever comes of it, the attempt is used up.
   */
  async meet(
    attempt: string,
    plan: Promise<ConnectionPlan>,
    signal: AbortSignal,
  ): Promise<QuicPeer> {
    const meeting = plan.then((known) => new ConnectionAttempt(known, this.#clock));
    // The caller hears of it through `withDeadline`.
    meeting.catch(() => {});
    this.#expected.set(attempt, { meeting, wrongProofs: 0 });
    try {
      const options = { clock: this.#clock, timeoutMs: TOKEN_MS, signal };
      const ready = await withDeadline("agree on a direct connection", meeting, () => {}, options);
      return await ready.run(this.socket, MEETING_MS, signal);
    } finally {
      this.#expected.delete(attempt);
    }
  }

  async close(): Promise<void> {
    await this.socket.close();
    await this.#accepting;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #arrived(peer: QuicPeer): Promise<void> {
    if (this.#arrivals >= MAX_ARRIVALS) {
      this.#turnedAway.crowded++;
      return peer.stream.close();
    }
    this.#arrivals++;
    try {
      const hello = await withDeadline("say hello", readHello(peer), () => {}, {
        clock: this.#clock,
        timeoutMs: HELLO_MS,
      });
      await this.#admit(peer, hello);
    } catch (error) {
      this.#turnedAway.silent++;
      peer.stream.close();
      log.debug("arrival failed", { host: peer.remote.host, reason: describeError(error) });
    } finally {
      this.#arrivals--;
    }
  }

  async #admit(peer: QuicPeer, { attempt, proof }: Hello): Promise<void> {
    const expected = this.#expected.get(attempt);
    if (expected === undefined) {
      this.#turnedAway.unknown++;
      return peer.stream.close();
    }
    const meeting = await withDeadline("wait for the answer", expected.meeting, () => {}, {
      clock: this.#clock,
      timeoutMs: MEETING_MS,
    });
    if (await meeting.arrived(peer, proof)) return;
    this.#turnedAway.forged++;
    peer.stream.close();
    expected.wrongProofs++;
    // Guessing is of no use; but whoever holds places and time here does not go on for a minute.
    if (expected.wrongProofs >= MAX_WRONG_PROOFS) this.#expected.delete(attempt);
  }
}

interface Hello {
  readonly attempt: string;
  readonly proof: Bytes;
}

async function readHello({ stream }: QuicPeer): Promise<Hello> {
  const { header, payload } = await readPacket(stream);
  if (header.kind !== directHello.kind) {
    throw new TransportError("closed", "Cannot continue: the other side did not say hello");
  }
  const { attempt, proof } = directHello.read(header, payload);
  return { attempt, proof: decodeHex(proof) ?? new Uint8Array(0) };
}
