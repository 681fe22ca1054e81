/** One of the two at the one who keeps their order: packets in, answers and envelopes out, over any connection. */

import { describeError, ProtocolError, Refusal } from "../../base/errors.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Connection } from "../../net/connections/connection.ts";
import { failure } from "../../protocol/failure.ts";
import {
  HOP_NOTICES,
  HOP_PUSHES,
  HOP_REQUESTS,
  type HopPushKind,
  type HopRequestKind,
  type NoticeFields,
  type PushFields,
} from "../../protocol/hop/mod.ts";
import { BULK_QUEUED_MAX_BYTES } from "../../protocol/limits.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { StreamEnd } from "../../relay/live_stream.ts";
import type { Envelope, Member } from "../../relay/message_log.ts";
import { conversationId } from "../../relay/submitted.ts";
import { EnvelopeRun } from "../../relay/envelope_run.ts";
import { Subscription } from "../../relay/subscription.ts";
import type { RelayHost, RelaySession } from "./relay_host.ts";
import { findPairRoute, WAITING_ROUTES } from "./pair_routes.ts";

const log = logger("client", "pair");

/** Requests of one side that may wait for the other at once. */
const MAX_WAITING = 64;

/** Serves one connection of `account`. The connection is its own owner. */
export class PairSession implements RelaySession {
  readonly #order: RelayHost;
  readonly #connection: Connection;
  readonly account: AccountId;
  readonly device: DeviceId;
  /** No envelopes are sent before it is asked for them. */
  #subscription: Subscription | undefined;
  /** Requests that wait for the other side. */
  #waiting = 0;

  constructor(
    order: RelayHost,
    { account, device }: Member,
    connection: Connection,
  ) {
    this.#order = order;
    this.#connection = connection;
    this.account = account;
    this.device = device;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Until the connection ends; never rejects. */
  async run(): Promise<void> {
    await this.#connection.run((packet) => this.#handle(packet));
    this.#subscription?.close();
  }

  /** Ends the connection once what is queued is sent. */
  async close(): Promise<void> {
    this.#subscription?.close();
    await this.#connection.close("going-away");
  }

  /** Ends the connection at once: there is a newer one, and what was on its way goes over that. */
  async replace(): Promise<void> {
    this.#subscription?.close();
    await this.#connection.close("replaced", 0);
  }

  push<Kind extends HopPushKind>(kind: Kind, fields: PushFields<Kind>, payload?: Bytes): void {
    this.#connection.send(
      encodePacket({ kind: HOP_PUSHES[kind].kind, ...fields as object }, payload),
    );
  }

  async piece(upload: string, offset: number, bytes: Bytes): Promise<void> {
    await this.#connection.whenBelow("bulk", BULK_QUEUED_MAX_BYTES);
    const packet = encodePacket({ kind: "spool.piece", upload, offset }, bytes);
    this.#connection.send(packet, "bulk", { droppable: false });
  }

  stream(packet: Bytes): boolean {
    return this.#connection.send(packet, "live", { droppable: false });
  }

  streamEnded(stream: string, reason: StreamEnd): void {
    const packet = encodePacket({ kind: "stream.ended", stream, reason });
    // On the same lane, so that it comes behind; where that is full, at once: nothing is to be missed then.
    if (!this.#connection.send(packet, "live", { droppable: false })) this.#connection.send(packet);
  }

  subscribe(): void {
    this.#subscription?.close();
    const { log: envelopes, clock } = this.#order;
    this.#subscription = new Subscription(this.#connection, this.device, {
      log: envelopes,
      clock,
      acknowledgements: {
        put: (device, conversation, seq) =>
          void envelopes.acknowledge({ device, conversation, seq }).catch(notDelivered),
      },
      onFailure: notDelivered,
    });
    this.#subscription.start();
  }

  /** An envelope was stored for this side. */
  offer(envelope: Envelope): void {
    this.#subscription?.offer(new EnvelopeRun([envelope]));
  }

  #handle(packet: Packet): Promise<void> | void {
    const { kind, request } = packet.header;
    if (request === undefined) return this.#notice(packet);
    if (!Number.isSafeInteger(request)) {
      throw new ProtocolError("bad-message", "Cannot read packet: request is no whole number");
    }
    if (typeof kind !== "string" || !Object.hasOwn(HOP_REQUESTS, kind)) {
      return this.#refuse(request, new Refusal("bad-message", "Unknown request"));
    }
    const answered = this.#answer(kind as HopRequestKind, request, packet);
    if (!WAITING_ROUTES.has(kind as HopRequestKind)) return answered;
    if (++this.#waiting > MAX_WAITING) throw tooMany();
    answered.catch((error) => this.#failed(error)).finally(() => this.#waiting--);
  }

  #failed(error: unknown): void {
    log.info("protocol error", { reason: describeError(error) });
    this.#connection.close("bad-message");
  }

  async #answer(kind: HopRequestKind, request: unknown, packet: Packet): Promise<void> {
    const route = findPairRoute(kind);
    if (route === undefined) {
      const message = "There is no server here: only the two of you";
      return this.#refuse(request, new Refusal("not-allowed", message));
    }
    const fields = HOP_REQUESTS[kind].request.read(packet.header, packet.payload);
    try {
      const call = { order: this.#order, session: this, payload: packet.payload };
      const answered = route(call, fields);
      const { reply, payload, afterwards } = answered instanceof Promise
        ? await answered
        : answered;
      this.#connection.send(
        encodePacket({ kind: HOP_REQUESTS[kind].reply.kind, request, ...reply }, payload),
      );
      afterwards?.();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      if (!(error instanceof Refusal)) {
        log.error("request failed", { reason: describeError(error) });
      }
      const internal = new Refusal("internal", "The other side could not do that");
      this.#refuse(request, error instanceof Refusal ? error : internal);
    }
  }

  #refuse(request: unknown, { code, message, details }: Refusal): void {
    this.#connection.send(encodePacket({ kind: failure.kind, request, code, message, ...details }));
  }

  #notice({ header, payload }: Packet): void {
    if (header.kind === "server.ping") return this.push("server.pong", {});
    if (header.kind === "server.pong") return;
    const { spool, live } = this.#order;
    switch (header.kind) {
      case "relay.acknowledge": {
        const { conversation, seq } = HOP_NOTICES["relay.acknowledge"].read(header, payload);
        this.#subscription?.acknowledge(conversationId(conversation), seq);
        return;
      }
      case "spool.chunk":
        return spool.chunk(this, HOP_NOTICES["spool.chunk"].read(header, payload), payload);
      case "spool.credit":
        return spool.credit(this, HOP_NOTICES["spool.credit"].read(header, payload));
      case "spool.stop":
        return spool.stop(this, HOP_NOTICES["spool.stop"].read(header, payload));
      case "stream.part":
        return live.part(this, HOP_NOTICES["stream.part"].read(header, payload), payload);
      case "stream.taken":
        return this.#taken(HOP_NOTICES["stream.taken"].read(header, payload));
      case "stream.word":
        return this.#word(HOP_NOTICES["stream.word"].read(header, payload), payload);
    }
    throw new ProtocolError("bad-message", "Cannot read packet: unknown notice");
  }

  #taken({ stream, bytes }: NoticeFields<"stream.taken">): void {
    const live = this.#order.live.find(stream);
    live?.watcher(this)?.taken(bytes);
    live?.credit();
  }

  #word({ stream }: NoticeFields<"stream.word">, payload: Bytes): void {
    this.#order.live.senderFor(this, stream)?.push("stream.heard", { stream }, payload);
  }
}

function notDelivered(error: unknown): void {
  log.warn("delivery failed", { reason: describeError(error) });
}

function tooMany(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot continue: too many requests are waiting");
}
