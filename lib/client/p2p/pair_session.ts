/** One of the two at the one who keeps their order: packets in, answers and envelopes out, over any connection. */

import { describeError, ProtocolError, Refusal } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Connection } from "../../net/connection.ts";
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
import { BULK_QUEUED_MAX_BYTES, OUTBOX_SOFT_BYTES } from "../../protocol/limits.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { StreamEnd } from "../../relay/live_stream.ts";
import type { RelayHost } from "./relay_host.ts";
import { findPairRoute, WAITING_ROUTES } from "./pair_routes.ts";
import type { RelaySession } from "./relay_session.ts";

const log = logger("client", "pair");

/** Unacknowledged envelopes on the way. */
const WINDOW_ENVELOPES = 200;
/** Fetched at once. */
const PAGE_ENVELOPES = 32;
/** Requests of one side that may wait for the other at once. */
const MAX_WAITING = 64;

/** Serves one connection of `account`. The connection is its own owner. */
export class PairSession implements RelaySession {
  readonly account: AccountId;
  readonly #order: RelayHost;
  readonly #connection: Connection;
  /** The last envelope that was sent; nothing is sent before it is asked for. */
  #sentId: number | undefined;
  #onTheWay: { readonly conversation: string; readonly seq: number }[] = [];
  #isCaughtUp = false;
  #isFilling = false;
  /** Requests that wait for the other side. */
  #waiting = 0;

  constructor(order: RelayHost, account: AccountId, connection: Connection) {
    this.#order = order;
    this.account = account;
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Until the connection ends; never rejects. */
  async run(): Promise<void> {
    await this.#connection.run((packet) => this.#handle(packet));
  }

  /** Ends the connection once what is queued is sent. */
  async close(): Promise<void> {
    await this.#connection.close("going-away");
  }

  /** Ends the connection at once: there is a newer one, and what was on its way goes over that. */
  async replace(): Promise<void> {
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
    this.#sentId = 0;
    this.#onTheWay = [];
    this.#isCaughtUp = false;
  }

  /** Sends what waits, as far as the window allows. Called whenever there may be more. */
  async fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (
        this.#sentId !== undefined && this.isOpen && this.#onTheWay.length < WINDOW_ENVELOPES
      ) {
        const page = this.#order.log.waiting(this.account, this.#sentId, PAGE_ENVELOPES);
        if (page.length === 0) return this.#caughtUp();
        for (const { id, body, ...fields } of page) {
          this.#sentId = id;
          this.#onTheWay.push(fields);
          const { device } = this.#order.members.other(this.account);
          this.push("relay.envelope", { ...fields, device }, body);
          await this.#connection.whenBelow("control", OUTBOX_SOFT_BYTES);
        }
      }
    } finally {
      this.#isFilling = false;
    }
  }

  #caughtUp(): void {
    if (this.#isCaughtUp) return;
    this.#isCaughtUp = true;
    this.push("relay.caught-up", {});
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
      case "relay.acknowledge":
        return this.#acknowledged(HOP_NOTICES["relay.acknowledge"].read(header, payload));
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

  #acknowledged({ conversation, seq }: { conversation: string; seq: number }): void {
    this.#onTheWay = this.#onTheWay.filter((sent) =>
      sent.conversation !== conversation || sent.seq > seq
    );
    this.#order.log.acknowledge(this.account, conversation, seq);
    this.#order.tell(this.account);
  }
}

function tooMany(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot go on: too many requests wait already");
}
