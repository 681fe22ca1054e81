/**
 * Tells clients from which address their UDP socket is seen. A session gets a ticket over its own connection, shows it over
 * QUIC, and is told over its own connection again: so nobody learns an address but the session that the socket belongs to.
 */

import { type Bytes, encodeHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { type RateLimit, TokenBucket } from "../../base/rate.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { makeSessionCertificate } from "../../crypto/certificates/session_certificate.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import { withDeadline } from "../../net/streams/deadline.ts";
import { type QuicPeer, QuicSocket } from "../../net/quic/quic_socket.ts";
import { RENDEZVOUS_PROTOCOL, TICKET_BYTES } from "../../protocol/hop/direct.ts";
import type { Session } from "./session.ts";

const log = logger("server", "rendezvous");

/** How long a ticket is good for: it is shown at once. */
export const TICKET_MS = 30_000;
/** Tickets that nobody has shown yet, of all sessions; the oldest go first. */
const MAX_TICKETS = 10_000;
/** Who dialled has so long to show one. */
const SHOW_MS = 5_000;

/** Tickets that are not this node's and are told to the others: strangers may make up as many as they like. */
const PASSED: RateLimit = { burst: 200, perSecond: 50 };

interface Issued {
  readonly session: Session;
  readonly untilMs: number;
}

/** The other nodes, at whose UDP ports tickets of this one may be shown, and this one's the other way. */
export interface OtherPorts {
  /** Of all nodes: their certificate follows from it. */
  readonly secret: Bytes;
  /** To all nodes, and to this one. */
  readonly tell: (shown: ShownTicket) => void;
  readonly hear: (heard: (shown: ShownTicket) => void) => void;
}

/** A ticket, and where who showed it is seen. */
interface ShownTicket extends HostPort {
  readonly ticket: string;
}

/** What it needs. */
export interface RendezvousOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where the server listens; the UDP port has the same number. */
  readonly address: HostPort;
  /** Left out for a server of one node. */
  readonly others?: OtherPorts | undefined;
}

/** The server's UDP endpoint. Whoever opened it closes it. */
export class Rendezvous implements AsyncDisposable {
  /** SHA-256 of the certificate that it shows: told to sessions over the connection that they trust. */
  readonly certificate: Bytes;
  readonly #socket: QuicSocket;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #others: OtherPorts | undefined;
  readonly #passed: TokenBucket;
  readonly #tickets = new Map<string, Issued>();
  readonly #accepting: Promise<void>;
  #refused = 0;

  private constructor(
    socket: QuicSocket,
    certificate: Bytes,
    { clock, random, others }: RendezvousOptions,
  ) {
    this.#socket = socket;
    this.certificate = certificate;
    this.#clock = clock;
    this.#random = random;
    this.#others = others;
    this.#passed = new TokenBucket(clock, PASSED);
    others?.hear((shown) => void this.#take(shown));
    this.#accepting = socket.accept((peer) => void this.#arrived(peer));
  }

  /** Undefined, with a warning, where the system does not give the port: the server does without. */
  static async open(options: RendezvousOptions): Promise<Rendezvous | undefined> {
    const { clock, random, address, others } = options;
    const identity = others === undefined
      ? await makeSessionCertificate(random, clock.nowMs())
      : await shareCertificate(others.secret);
    try {
      const place = { host: address.host, port: address.port };
      const socket = QuicSocket.open({ clock, ...place, protocol: RENDEZVOUS_PROTOCOL, identity });
      return new Rendezvous(socket, identity.hash, options);
    } catch (error) {
      log.warn("no rendezvous: clients tell each other local addresses only", {
        reason: describeError(error),
      });
      return undefined;
    }
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Who came without a good ticket. */
  get refused(): number {
    return this.#refused + this.#socket.refused;
  }

  /** A ticket for this session, to be shown once. */
  issue(session: Session): Bytes {
    const ticket = this.#random.bytes(TICKET_BYTES);
    const nowMs = this.#clock.monotonicMs();
    for (const [oldest, { untilMs }] of this.#tickets) {
      if (untilMs > nowMs && this.#tickets.size < MAX_TICKETS) break;
      this.#tickets.delete(oldest);
    }
    this.#tickets.set(encodeHex(ticket), { session, untilMs: nowMs + TICKET_MS });
    return ticket;
  }

  async close(): Promise<void> {
    // Nobody waits for a word over UDP.
    await this.#socket.close({ atOnce: true });
    await this.#accepting;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether it is one of this node's, which it is once. */
  #take({ ticket, ...remote }: ShownTicket): boolean {
    const issued = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (issued === undefined || issued.untilMs <= this.#clock.monotonicMs()) return false;
    issued.session.push("direct.seen", { ticket, ...remote });
    return true;
  }

  async #arrived({ stream, remote }: QuicPeer): Promise<void> {
    try {
      const shown = await withDeadline("show a ticket", readTicket(stream), () => {}, {
        clock: this.#clock,
        timeoutMs: SHOW_MS,
      });
      const { host, port } = remote;
      const ticket = { ticket: shown, host, port };
      if (this.#take(ticket)) return;
      // A balancer may have led who came to another node than that of the session.
      if (this.#others !== undefined && this.#passed.take()) this.#others.tell(ticket);
      else this.#refused++;
    } catch (error) {
      this.#refused++;
      log.debug("no ticket", { reason: describeError(error) });
    } finally {
      stream.close();
    }
  }
}

/** With its curve, which one node alone does not need. */
async function shareCertificate(secret: Bytes) {
  const { deriveSharedCertificate } = await import(
    "../../crypto/certificates/shared_certificate.ts"
  );
  return await deriveSharedCertificate(secret);
}

/** Sixteen bytes, and nothing is read behind them. */
async function readTicket(stream: QuicPeer["stream"]): Promise<string> {
  const ticket = new Uint8Array(TICKET_BYTES);
  for (let at = 0; at < TICKET_BYTES;) {
    const count = await stream.read(ticket.subarray(at));
    if (count === null) break;
    at += count;
  }
  return encodeHex(ticket);
}
