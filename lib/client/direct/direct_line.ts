/** A direct connection that both sides have proved themselves on: packets of `DIRECT_PACKETS` both ways. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { ProtocolError, TransportError } from "../../base/errors.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import type { CloseReason } from "../../net/connections/close_reason.ts";
import { Connection } from "../../net/connections/connection.ts";
import { Flusher } from "../../net/connections/flusher.ts";
import { TimerWheel } from "../../net/connections/timer_wheel.ts";
import { BULK_QUEUED_MAX_BYTES, SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import { DIRECT_PACKETS, type DirectFields, type DirectKind } from "../../protocol/peer/direct.ts";

/** Takes what the other side says, checked. Must not throw but ProtocolError. */
export type DirectHandler<Kind extends DirectKind> = (
  fields: DirectFields<Kind>,
  payload: Bytes,
) => void;

/** Who is at the other end. */
interface Met {
  readonly stream: ByteStream;
  readonly remote: HostPort;
}

type Handlers = Partial<Record<DirectKind, (packet: Packet) => void>>;

/** Owns the stream. */
export class DirectLine implements AsyncDisposable {
  readonly closed: Promise<CloseReason>;
  readonly #connection: Connection;
  readonly #handlers: Handlers = {};

  constructor({ stream, remote }: Met, clock: Clock) {
    this.#connection = new Connection(stream, {
      wheel: new TimerWheel(clock),
      flusher: new Flusher(clock),
      limits: SIGNED_IN_PACKET_LIMITS,
      remoteAddress: remote.host,
      onSilence: () => this.send("direct.ping", {}),
    });
    this.closed = this.#connection.run((packet) => this.#receive(packet));
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Sets the one handler of a kind. What has none is dropped. */
  on<Kind extends DirectKind>(kind: Kind, handler: DirectHandler<Kind>): void {
    this.#handlers[kind] = ({ header, payload }) => {
      // `read` has checked exactly these fields; the table's union type loses that link.
      handler(DIRECT_PACKETS[kind].read(header, payload) as DirectFields<Kind>, payload);
    };
  }

  /** A payload is a few bytes, which must not wait behind bulk. Lost silently when the connection has ended. */
  send<Kind extends DirectKind>(kind: Kind, fields: DirectFields<Kind>, payload?: Bytes): void {
    this.#connection.send(encodePacket({ kind, ...fields as object }, payload));
  }

  /** Live media, or bulk behind everything else, once little of that lane waits. Rejects with TransportError when the connection has ended. */
  async sendBulk<Kind extends DirectKind>(
    kind: Kind,
    fields: DirectFields<Kind>,
    payload: Bytes,
    lane: "live" | "bulk" = "bulk",
  ): Promise<void> {
    await this.#connection.whenBelow(lane, BULK_QUEUED_MAX_BYTES);
    if (this.#connection.sendAlone({ kind, ...fields as object }, payload, lane)) return;
    throw new TransportError("direct-lost", "The direct connection is closed");
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Without sending what is queued: nothing goes through any more. */
  async abandon(): Promise<void> {
    await this.#connection.close("stalled", 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(packet: Packet): void {
    const { kind } = packet.header;
    if (typeof kind !== "string" || !Object.hasOwn(DIRECT_PACKETS, kind)) {
      throw new ProtocolError("bad-message", "Cannot read packet: it is of an unknown kind");
    }
    this.#handlers[kind as DirectKind]?.(packet);
  }
}
