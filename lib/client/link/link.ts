/**
 * A client's live way to its server: requests with their replies, notices, and what the server tells unasked. One link is
 * one connection; whoever wants another one after it closed opens another link (`client/reconnect`).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, ProtocolError, Refusal, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { closeError, type CloseReason } from "../../net/connections/close_reason.ts";
import { Connection } from "../../net/connections/connection.ts";
import { failure } from "../../protocol/failure.ts";
import {
  HOP_PUSHES,
  HOP_REQUESTS,
  type HopNoticeKind,
  type HopPushKind,
  type HopRequestKind,
  type NoticeFields,
  type PushFields,
  type ReplyFields,
  type RequestFields,
} from "../../protocol/hop/mod.ts";
import { SEED_NAMES } from "../../protocol/hop/seed_names.ts";
import { BULK_QUEUED_MAX_BYTES, SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import { PROTOCOL_VERSIONS } from "../../protocol/versions.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { Flusher } from "../../net/connections/flusher.ts";
import { TimerWheel } from "../../net/connections/timer_wheel.ts";

const log = logger("client", "link");

/** A server that does not answer for so long is not reached. OPAQUE and a disk commit take well under a second. */
const ANSWER_DEADLINE_MS = 30_000;

/** The server's answer to a request of this kind, checked against its schema. */
interface Reply<Kind extends HopRequestKind> {
  readonly fields: ReplyFields<Kind>;
  readonly payload: Bytes;
}

/** Takes what the server tells unasked, checked against its schema. Must not throw. */
type PushHandler<Kind extends HopPushKind> = (
  fields: PushFields<Kind>,
  payload: Bytes,
) => void;

interface Waiting {
  readonly kind: HopRequestKind;
  resolve(packet: Packet): void;
  reject(error: unknown): void;
}

type Handlers = Partial<Record<HopPushKind, (packet: Packet) => void>>;

/** One live connection to a server. Closing it rejects what still waits for an answer. */
export class Link implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #clock: Clock;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<CloseReason>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #handlers: Handlers = {};
  /** Of the protocol, as agreed on. */
  #version: number = PROTOCOL_VERSIONS.min;
  #lastRequest = 0;
  #ended: CloseReason | undefined;
  #dismissal: Refusal | undefined;
  #onDismissed: (dismissal: Refusal) => void = () => {};

  /** Takes over the connection and starts to read it. */
  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    // The one handler of this push: others say `onDismissed`.
    this.on("moderation.dismissed", ({ code, message }) => {
      this.#dismissal = new Refusal(code, message);
      this.#onDismissed(this.#dismissal);
    });
    this.on("server.ping", () => this.tell("server.pong", {}));
    this.closed = connection.run((packet) => this.#receive(packet)).then((reason) => {
      this.#ended = reason;
      for (const waiting of this.#waiting.values()) {
        waiting.reject(this.#dismissal ?? closeError(reason));
      }
      this.#waiting.clear();
      return reason;
    });
  }

  get isOpen(): boolean {
    return this.#ended === undefined && this.#connection.isOpen;
  }

  /** The version of the protocol; the oldest one until both have agreed on another. */
  get version(): number {
    return this.#version;
  }

  agreed(version: number): void {
    this.#version = version;
  }

  /** Throws the server's Refusal when it has sent this client away for good: coming back is of no use. */
  requireNotDismissed(): void {
    if (this.#dismissal !== undefined) throw this.#dismissal;
  }

  /** Calls `handler` when the server sends this client away. */
  onDismissed(handler: (dismissal: Refusal) => void): void {
    this.#onDismissed = handler;
  }

  /**
   * Asks and waits for the answer. Rejects with Refusal when the server says no or sends this client away, with TransportError when the connection
   * ends or nothing comes for 30 s, with ProtocolError for an answer of the wrong form. `onAnswer` is called when the answer
   * is read, before anything behind it is.
   */
  async ask<Kind extends HopRequestKind>(
    kind: Kind,
    fields: RequestFields<Kind>,
    payload?: Bytes,
    options: { onAnswer?: () => void } = {},
  ): Promise<Reply<Kind>> {
    this.requireNotDismissed();
    if (this.#ended !== undefined) throw closeError(this.#ended);
    const request = ++this.#lastRequest;
    const answered = new Promise<Packet>((resolve, reject) => {
      const answer = (packet: Packet) => {
        options.onAnswer?.();
        resolve(packet);
      };
      this.#waiting.set(request, { kind, resolve: answer, reject });
    });
    const cancel = this.#clock.after(ANSWER_DEADLINE_MS, () => {
      this.#waiting.get(request)?.reject(
        new TransportError("timeout", `Cannot do ${kind}: the server did not answer in 30 s`),
      );
    });
    try {
      const sent = this.#connection.send(encodePacket({ kind, request, ...fields }, payload));
      if (!sent) throw new TransportError("closed", `Cannot do ${kind}: the connection is closed`);
      const packet = await answered;
      const reply = HOP_REQUESTS[kind].reply;
      return {
        // `read` has checked exactly these fields; the table's union type loses that link.
        fields: reply.read(packet.header, packet.payload) as ReplyFields<Kind>,
        payload: packet.payload,
      };
    } finally {
      cancel();
      this.#waiting.delete(request);
    }
  }

  /**
   * Sends what needs no answer. A payload is a few bytes, which must not wait behind bulk. Lost silently when the connection
   * has ended.
   */
  tell<Kind extends HopNoticeKind>(kind: Kind, fields: NoticeFields<Kind>, payload?: Bytes): void {
    this.#connection.send(encodePacket({ kind, ...fields as object }, payload));
  }

  /**
   * The same behind control: live media, or bulk behind everything else, once little of that lane waits. Rejects with
   * TransportError when the connection has ended.
   */
  async tellBulk<Kind extends HopNoticeKind>(
    kind: Kind,
    fields: NoticeFields<Kind>,
    payload: Bytes,
    lane: "live" | "bulk" = "bulk",
  ): Promise<void> {
    await this.#connection.whenBelow(lane, BULK_QUEUED_MAX_BYTES);
    if (this.#ended !== undefined) throw closeError(this.#ended);
    if (this.#connection.sendAlone({ kind, ...fields as object }, payload, lane)) return;
    throw new TransportError("closed", `Cannot do ${kind}: the connection is closed`);
  }

  /** Resolves once what was told behind control on that lane is written, so that what is asked now comes behind it; or at the end. */
  async whenTold(lane: "live" | "bulk"): Promise<void> {
    await this.#connection.whenBelow(lane, 1);
  }

  /** Gives the connection up at once: the server does not go on, and another one may. */
  async abandon(): Promise<void> {
    await this.#connection.close("stalled", 0);
    await this.closed;
  }

  /** Sets the one handler of a kind of push. A push without a handler is dropped. */
  on<Kind extends HopPushKind>(kind: Kind, handler: PushHandler<Kind>): void {
    this.#handlers[kind] = (packet) => {
      const fields = HOP_PUSHES[kind].read(packet.header, packet.payload) as PushFields<Kind>;
      handler(fields, packet.payload);
    };
  }

  /** Sends what is queued, then closes. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#connection.close();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(packet: Packet): void {
    const { kind, request } = packet.header;
    const seed = typeof kind === "string" ? SEED_NAMES.get(kind) : undefined;
    if (seed !== undefined) log.debug("received", { kind: `${kind}`, seed });
    if (typeof request === "number") return this.#answer(request, packet);
    if (typeof kind !== "string" || !Object.hasOwn(HOP_PUSHES, kind)) {
      // A newer server may tell what we do not know yet.
      log.debug("unknown push");
      return;
    }
    this.#handlers[kind as HopPushKind]?.(packet);
  }

  #answer(request: number, packet: Packet): void {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return;
    const { kind } = packet.header;
    if (kind === HOP_REQUESTS[waiting.kind].reply.kind) return waiting.resolve(packet);
    if (kind !== failure.kind) {
      return waiting.reject(
        new ProtocolError("bad-message", `Cannot read the answer to ${waiting.kind}: wrong kind`),
      );
    }
    try {
      const { code, message, ...details } = failure.read(packet.header, packet.payload);
      waiting.reject(new Refusal(code, message, { details }));
    } catch (error) {
      log.warn("bad failure", { reason: describeError(error) });
      waiting.reject(error);
    }
  }
}

/** Takes the stream over and begins to read it. Closing the link closes it. */
export function openLink(stream: ByteStream, address: HostPort, clock: Clock): Link {
  const connection: Connection = new Connection(stream, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: address.host,
    onSilence: () => connection.send(encodePacket({ kind: "server.ping" })),
  });
  return new Link(connection, clock);
}
