/** The packet: `u32 length of the rest | u16 header length | JSON header (UTF-8, plain object) | payload`. Pure, no I/O. */

import { type Bytes, decodeUtf8 } from "../base/bytes.ts";
import { Bug, ProtocolError, UsageError } from "../base/errors.ts";
import { parseJson } from "../base/json_line.ts";
import {
  HEADER_MAX_BYTES,
  KIB,
  PACKET_MAX_BYTES,
  PACKET_MIN_BYTES,
  type PacketLimits,
} from "./limits.ts";

/** A header as it came: a plain object and nothing more is known. `protocol/schema` says whether it is a message. */
export type PacketHeader = Readonly<Record<string, unknown>>;

/** One unit on the wire. */
export interface Packet {
  readonly header: PacketHeader;
  /** Belongs to the receiver: no buffer of the connection is behind it. */
  readonly payload: Bytes;
}

/** Of the u32 and of both length fields. */
const LENGTH_BYTES = 4;
const PREFIX_BYTES = 6;
const EMPTY: Bytes = new Uint8Array(0);

const encoder = new TextEncoder();
/** UTF-8 takes at most three bytes per UTF-16 unit. */
const headerScratch = new Uint8Array(3 * HEADER_MAX_BYTES);

/**
 * Encodes a packet once; the bytes may be sent to any number of connections and must not be changed afterwards.
 * Written into `buffer` where it fits. Throws `UsageError` when header or packet would be refused by every receiver.
 */
export function encodePacket(
  header: object,
  payload: Uint8Array = EMPTY,
  buffer: Bytes = EMPTY,
): Bytes {
  const headerBytes = writeHeader(header, payload);
  const sizeBytes = PREFIX_BYTES + headerBytes + payload.length;
  const packet = sizeBytes <= buffer.length
    ? buffer.subarray(0, sizeBytes)
    : new Uint8Array(sizeBytes);
  fillPacket(packet, { at: 0, headerBytes, payload });
  return packet;
}

/** The least that is kept for the next packets, and the most: a large one does not hold its memory for ever. */
const WRITER_BYTES = 16 * KIB;
const WRITER_KEPT_BYTES = 256 * KIB;

/** Encodes packets one behind the other, so that many cost one buffer. */
export class PacketWriter {
  #buffer: Bytes = new Uint8Array(0);
  #sizeBytes = 0;

  /** Of what was written and not taken yet. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws as `encodePacket`; then nothing was written. */
  write(header: object, payload: Uint8Array = EMPTY): void {
    const headerBytes = writeHeader(header, payload);
    const at = this.#sizeBytes;
    const endBytes = at + PREFIX_BYTES + headerBytes + payload.length;
    this.#grow(endBytes);
    fillPacket(this.#buffer, { at, headerBytes, payload });
    this.#sizeBytes = endBytes;
  }

  /** All that was written, in a buffer of its own. */
  take(): Bytes {
    const packets = this.#buffer.slice(0, this.#sizeBytes);
    this.#sizeBytes = 0;
    if (this.#buffer.length > WRITER_KEPT_BYTES) this.#buffer = new Uint8Array(0);
    return packets;
  }

  #grow(neededBytes: number): void {
    if (neededBytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(WRITER_BYTES, 2 * this.#buffer.length, neededBytes));
    grown.set(this.#buffer.subarray(0, this.#sizeBytes));
    this.#buffer = grown;
  }
}

/** Puts the header into the scratch, and returns its length. Throws `UsageError`. */
function writeHeader(header: object, payload: Uint8Array): number {
  const text = JSON.stringify(header);
  const headerBytes = text.length > HEADER_MAX_BYTES
    ? encoder.encode(text).length
    : encoder.encodeInto(text, headerScratch).written;
  if (headerBytes > HEADER_MAX_BYTES) {
    throw tooLong("write", "header", [headerBytes, HEADER_MAX_BYTES], UsageError);
  }
  const length = 2 + headerBytes + payload.length;
  if (length > PACKET_MAX_BYTES) {
    throw tooLong("write", "packet", [length, PACKET_MAX_BYTES], UsageError);
  }
  return headerBytes;
}

/** A packet of the header in the scratch, at its place. */
function fillPacket(
  target: Bytes,
  { at, headerBytes, payload }: { at: number; headerBytes: number; payload: Uint8Array },
): void {
  const length = 2 + headerBytes + payload.length;
  target[at] = length >>> 24;
  target[at + 1] = length >>> 16;
  target[at + 2] = length >>> 8;
  target[at + 3] = length;
  target[at + 4] = headerBytes >>> 8;
  target[at + 5] = headerBytes;
  target.set(headerScratch.subarray(0, headerBytes), at + PREFIX_BYTES);
  target.set(payload, at + PREFIX_BYTES + headerBytes);
}

/**
 * Cuts a byte stream into packets. After `push`, call `next` until it returns undefined: packets are decoded one at a time,
 * so that new limits set while handling one already hold for the one behind it. Memory held never passes twice what has
 * arrived of the packet under way, whatever it announced. After a `ProtocolError` the decoder only repeats it.
 */
export class PacketDecoder {
  #limits: PacketLimits;
  /** What was pushed and not consumed yet. Borrowed from the caller until `next` returns undefined. */
  #chunk: Uint8Array = EMPTY;
  #offset = 0;
  /** The packet under way, length fields included; undefined between packets. Never larger than the whole packet. */
  #partial: Bytes | undefined;
  #partialBytes = 0;
  #failure: ProtocolError | undefined;

  constructor(limits: PacketLimits) {
    this.#limits = limits;
  }

  /** Holds from the next packet on whose length has not been read yet. */
  setLimits(limits: PacketLimits): void {
    this.#limits = limits;
  }

  /** The packet under way: what has arrived of it and, once announced, its whole size. Length fields count. */
  get pending(): { readonly receivedBytes: number; readonly sizeBytes?: number } | undefined {
    const partial = this.#partial;
    if (partial === undefined) return undefined;
    const receivedBytes = this.#partialBytes;
    return receivedBytes < LENGTH_BYTES
      ? { receivedBytes }
      : { receivedBytes, sizeBytes: LENGTH_BYTES + readU32(partial, 0) };
  }

  /** The memory held for the packet under way. */
  get heldBytes(): number {
    return this.#partial?.length ?? 0;
  }

  /** Lends bytes to the decoder. They may be reused once `next` has returned undefined. */
  push(chunk: Uint8Array): void {
    if (this.#offset < this.#chunk.length) {
      throw new Bug("Cannot push bytes: the chunk before is not consumed");
    }
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /** The next complete packet, or undefined when more bytes are needed. Throws `ProtocolError`. */
  next(): Packet | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#partial === undefined ? this.#nextFromChunk() : this.#nextFromPartial();
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#failure = error;
        this.#forget();
      }
      throw error;
    }
  }

  #nextFromChunk(): Packet | undefined {
    const chunk = this.#chunk;
    const start = this.#offset;
    const available = chunk.length - start;
    if (available === 0) {
      this.#forget();
      return undefined;
    }
    const sizeBytes = this.#checkPrefix(chunk, start, available);
    if (sizeBytes === undefined || available < sizeBytes) {
      this.#keep(available, sizeBytes ?? LENGTH_BYTES);
      return undefined;
    }
    this.#offset = start + sizeBytes;
    const payloadAt = start + PREFIX_BYTES + readU16(chunk, start + LENGTH_BYTES);
    return {
      header: parseHeader(chunk.subarray(start + PREFIX_BYTES, payloadAt)),
      // `slice` copies: the chunk is the connection's read buffer.
      payload: payloadAt === this.#offset ? EMPTY : chunk.slice(payloadAt, this.#offset),
    };
  }

  /** Goes on with the packet under way. Its buffer has exactly its size at the end and is given away with it. */
  #nextFromPartial(): Packet | undefined {
    let sizeBytes = this.pending?.sizeBytes;
    if (sizeBytes === undefined) {
      this.#fill(LENGTH_BYTES);
      if (this.#partialBytes < LENGTH_BYTES) return undefined;
      sizeBytes = LENGTH_BYTES + this.#checkLength(readU32(this.#held(), 0));
    }
    if (this.#partialBytes < PREFIX_BYTES) {
      this.#fill(PREFIX_BYTES, sizeBytes);
      if (this.#partialBytes < PREFIX_BYTES) return undefined;
      this.#checkHeaderLength(readU16(this.#held(), LENGTH_BYTES), sizeBytes - LENGTH_BYTES);
    }
    this.#fill(sizeBytes);
    if (this.#partialBytes < sizeBytes) return undefined;
    const packet = this.#held();
    this.#partial = undefined;
    this.#partialBytes = 0;
    const payloadAt = PREFIX_BYTES + readU16(packet, LENGTH_BYTES);
    return {
      header: parseHeader(packet.subarray(PREFIX_BYTES, payloadAt)),
      payload: packet.subarray(payloadAt),
    };
  }

  /** Checks what is there of the length fields. Returns the packet's whole size once it is known. */
  #checkPrefix(chunk: Uint8Array, start: number, available: number): number | undefined {
    if (available < LENGTH_BYTES) return undefined;
    const length = this.#checkLength(readU32(chunk, start));
    if (available >= PREFIX_BYTES) {
      this.#checkHeaderLength(readU16(chunk, start + LENGTH_BYTES), length);
    }
    return LENGTH_BYTES + length;
  }

  #checkLength(length: number): number {
    if (length < PACKET_MIN_BYTES) {
      throw new ProtocolError(
        "packet-too-short",
        `Cannot read packet: packet is ${length} bytes, least is ${PACKET_MIN_BYTES}`,
      );
    }
    if (length > this.#limits.packetBytes) {
      throw tooLong("read", "packet", [length, this.#limits.packetBytes], ProtocolError);
    }
    return length;
  }

  #checkHeaderLength(headerBytes: number, length: number): void {
    if (headerBytes > this.#limits.headerBytes) {
      throw tooLong("read", "header", [headerBytes, this.#limits.headerBytes], ProtocolError);
    }
    if (headerBytes > length - 2) {
      throw new ProtocolError(
        "header-past-end",
        `Cannot read packet: header is ${headerBytes} bytes, packet has ${length - 2}`,
      );
    }
  }

  /** Copies the rest of the chunk, the beginning of a packet of `sizeBytes`, so that the chunk can be given back. */
  #keep(available: number, sizeBytes: number): void {
    this.#partial = new Uint8Array(Math.min(sizeBytes, 2 * available));
    this.#fill(available);
    this.#forget();
  }

  /**
   * Moves bytes from the chunk until the partial packet has `target` of them or the chunk is empty. The buffer doubles as
   * bytes arrive and ends at exactly `sizeBytes`: an announced size alone allocates nothing.
   */
  #fill(target: number, sizeBytes: number = target): void {
    const taken = Math.min(target - this.#partialBytes, this.#chunk.length - this.#offset);
    const filled = this.#partialBytes + taken;
    let partial = this.#held();
    if (filled > partial.length) {
      const grown = new Uint8Array(Math.min(sizeBytes, 2 * filled));
      grown.set(partial.subarray(0, this.#partialBytes));
      partial = this.#partial = grown;
    }
    partial.set(this.#chunk.subarray(this.#offset, this.#offset + taken), this.#partialBytes);
    this.#partialBytes = filled;
    this.#offset += taken;
    if (this.#offset === this.#chunk.length) this.#forget();
  }

  #held(): Bytes {
    if (this.#partial === undefined) throw new Bug("Cannot go on with packet: none is under way");
    return this.#partial;
  }

  #forget(): void {
    this.#chunk = EMPTY;
    this.#offset = 0;
  }
}

function parseHeader(bytes: Uint8Array): PacketHeader {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    throw new ProtocolError("header-not-utf8", "Cannot read packet: header is not UTF-8");
  }
  const header = parseJson(text);
  // Without the cause: V8 quotes the text, and the text is a stranger's.
  if (header === undefined) {
    throw new ProtocolError("header-not-json", "Cannot read packet: header is not JSON");
  }
  if (!isPlainObject(header)) {
    throw new ProtocolError("header-not-object", "Cannot read packet: header is not an object");
  }
  return header;
}

function isPlainObject(value: unknown): value is PacketHeader {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooLong<E>(
  verb: "read" | "write",
  part: "packet" | "header",
  sizes: readonly [sizeBytes: number, limitBytes: number],
  ErrorClass: new (code: string, message: string) => E,
): E {
  const [size, limit] = sizes.map((bytes) => bytes.toLocaleString("en"));
  return new ErrorClass(
    `${part}-too-long`,
    `Cannot ${verb} packet: ${part} is ${size} bytes, limit is ${limit}`,
  );
}

function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}
