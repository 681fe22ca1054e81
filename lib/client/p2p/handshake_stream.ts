/**
 * Packets of a handshake over a stream that is used for more afterwards: exactly the bytes of a packet are read, so that
 * nothing of what follows is taken away.
 */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError, Refusal, TransportError } from "../../base/errors.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { failure } from "../../protocol/failure.ts";
import { P2P_HANDSHAKE_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../protocol/packet.ts";
import type { Definition, FieldsOf } from "../../protocol/schema.ts";

type AnyDefinition = Pick<
  // The fields are whatever they are: only `read` is called.
  Definition<string, Record<never, never>>,
  "kind" | "read"
>;

const LENGTH_BYTES = 4;

/** Writes and reads one packet at a time. Does not own the stream; whoever does ends a wait by closing it. */
export class HandshakeStream {
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Rejects with TransportError when the stream is lost. */
  async send(kind: string, fields: object, payload?: Bytes): Promise<void> {
    const packet = encodePacket({ kind, ...fields }, payload);
    try {
      for (let at = 0; at < packet.length;) at += await this.#stream.write(packet.subarray(at));
    } catch (error) {
      throw lost(error);
    }
  }

  /**
   * The next packet, which must be of this kind. Throws Refusal when the other side says no, ProtocolError for anything else,
   * TransportError when the stream ends.
   */
  async read<D extends AnyDefinition>(
    definition: D,
  ): Promise<{ fields: FieldsOf<D>; payload: Bytes }> {
    const { header, payload } = await this.#next();
    if (header.kind === failure.kind) {
      const { code, message } = failure.read(header, payload);
      throw new Refusal(code, message);
    }
    if (header.kind !== definition.kind) {
      throw new ProtocolError("bad-message", `Cannot go on: expected ${definition.kind}`);
    }
    // `read` has checked exactly these fields; the bound of the type parameter loses that.
    return { fields: definition.read(header, payload) as FieldsOf<D>, payload };
  }

  async #next(): Promise<Packet> {
    const decoder = new PacketDecoder(P2P_HANDSHAKE_PACKET_LIMITS);
    let missing = LENGTH_BYTES;
    for (;;) {
      decoder.push(await this.#exactly(missing));
      const packet = decoder.next();
      if (packet !== undefined) return packet;
      const { receivedBytes = 0, sizeBytes = LENGTH_BYTES } = decoder.pending ?? {};
      missing = sizeBytes - receivedBytes;
    }
  }

  async #exactly(count: number): Promise<Bytes> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const taken = await this.#read(bytes.subarray(at));
      if (taken === null) {
        throw new TransportError("connection-lost", "Cannot go on: the other side hung up");
      }
      at += taken;
    }
    return bytes;
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#stream.read(buffer);
    } catch (error) {
      throw lost(error);
    }
  }
}

function lost(cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  return new TransportError("connection-lost", "Cannot go on: the connection is lost", { cause });
}
