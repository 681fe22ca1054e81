/** One of the two at the one who keeps their order: packets in, answers and envelopes out, over any connection. */

import { describeError, ProtocolError, Refusal } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Connection } from "../../net/connection.ts";
import { failure } from "../../protocol/failure.ts";
import {
  HOP_PUSHES,
  HOP_REQUESTS,
  type HopPushKind,
  type HopRequestKind,
  type PushFields,
} from "../../protocol/hop/mod.ts";
import { relayAcknowledge } from "../../protocol/hop/relay.ts";
import { OUTBOX_SOFT_BYTES } from "../../protocol/limits.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { PairDesk } from "./pair_desk.ts";
import { findPairRoute } from "./pair_routes.ts";

const log = logger("client", "pair");

/** Unacknowledged envelopes on the way. */
const WINDOW_ENVELOPES = 200;
/** Fetched at once. */
const PAGE_ENVELOPES = 32;

/** Serves one connection of `account`. The connection is its own owner. */
export class PairSession {
  readonly account: AccountId;
  readonly #order: PairDesk;
  readonly #connection: Connection;
  /** The last envelope that was sent; nothing is sent before it is asked for. */
  #sentId: number | undefined;
  #onTheWay: { readonly conversation: string; readonly seq: number }[] = [];
  #isCaughtUp = false;
  #isFilling = false;

  constructor(order: PairDesk, account: AccountId, connection: Connection) {
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

  /** Ends the connection. `why`: a kebab-case word for the log. */
  async close(why: string): Promise<void> {
    await this.#connection.close(why);
  }

  push<Kind extends HopPushKind>(kind: Kind, fields: PushFields<Kind>, payload?: Bytes): void {
    this.#connection.send(
      encodePacket({ kind: HOP_PUSHES[kind].kind, ...fields as object }, payload),
    );
  }

  /** From here on envelopes are sent, those that wait first. */
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
    return this.#answer(kind as HopRequestKind, request, packet);
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
    if (header.kind !== relayAcknowledge.kind) {
      throw new ProtocolError("bad-message", "Cannot read packet: unknown notice");
    }
    const { conversation, seq } = relayAcknowledge.read(header, payload);
    this.#onTheWay = this.#onTheWay.filter((sent) =>
      sent.conversation !== conversation || sent.seq > seq
    );
    this.#order.log.acknowledge(this.account, conversation, seq);
    this.#order.tell(this.account);
  }
}
