/** The native protocol of PulseAudio, as far as playing needs it; PipeWire speaks it too. Pure. What a server says is foreign. */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";

/** Spoken by every server since 2009. */
export const PULSE_VERSION = 13;
/** Length of the secret that a server asks for. */
export const PULSE_COOKIE_BYTES = 256;

/** Commands (pulsecore/native-common.h), each by its number. */
export const PULSE = {
  error: 0,
  reply: 2,
  createPlaybackStream: 3,
  deletePlaybackStream: 4,
  auth: 8,
  setClientName: 9,
  getPlaybackLatency: 14,
} as const;

const HEADER_BYTES = 20;
/** Of a packet without samples. */
const CONTROL_CHANNEL = 0xffffffff;
/** Its answers have under 200 bytes. */
const ANSWER_MAX_BYTES = 64 * 1024;
const NOTHING = 0xffffffff;
const FULL_VOLUME = 0x10000;

/** Tagged values in a row. */
export class PulseWriter {
  readonly #parts: Uint8Array[] = [];

  u32(value: number): this {
    return this.#tagged("L", u32Bytes(value));
  }

  flag(value: boolean): this {
    return this.#tagged(value ? "1" : "0", new Uint8Array(0));
  }

  bytes(value: Uint8Array): this {
    return this.#tagged("x", u32Bytes(value.length), value);
  }

  time(): this {
    return this.#tagged("T", new Uint8Array(8));
  }

  /** Undefined for "any". */
  text(value: string | undefined): this {
    return value === undefined
      ? this.#tagged("N", new Uint8Array(0))
      : this.#tagged("t", utf8(`${value}\0`));
  }

  properties(values: Readonly<Record<string, string>>): this {
    this.#tagged("P", new Uint8Array(0));
    for (const [name, value] of Object.entries(values)) {
      const bytes = utf8(`${value}\0`);
      this.text(name).u32(bytes.length).bytes(bytes);
    }
    return this.text(undefined);
  }

  /** 16 bits, little-endian, stereo, 48 kHz; left and right; as loud as it is. */
  stereo(): this {
    this.#tagged("a", new Uint8Array([3, 2]), u32Bytes(48_000));
    return this.#tagged("m", new Uint8Array([2, 1, 2]));
  }

  fullVolume(): this {
    return this.#tagged("v", new Uint8Array([2]), u32Bytes(FULL_VOLUME), u32Bytes(FULL_VOLUME));
  }

  finish(): Bytes {
    return concatBytes(...this.#parts);
  }

  #tagged(tag: string, ...parts: readonly Uint8Array[]): this {
    this.#parts.push(utf8(tag), ...parts);
    return this;
  }
}

/** Reads tagged values. Throws MediaError `sound-server` for what is not there. */
export class PulseReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u32(): number {
    return this.#take("L", 4).getUint32(0);
  }

  flag(): boolean {
    const isTrue = this.#view.byteLength > this.#at && this.#view.getUint8(this.#at) === 0x31;
    this.#take(isTrue ? "1" : "0", 0);
    return isTrue;
  }

  microseconds(): number {
    return Number(this.#take("U", 8).getBigUint64(0));
  }

  time(): void {
    this.#take("T", 8);
  }

  signed(): number {
    return Number(this.#take("r", 8).getBigInt64(0));
  }

  #take(tag: string, length: number): DataView {
    const at = this.#at + 1;
    const isThere = at + length <= this.#view.byteLength &&
      this.#view.getUint8(this.#at) === tag.charCodeAt(0);
    if (!isThere) throw broken();
    this.#at = at + length;
    return new DataView(this.#view.buffer, this.#view.byteOffset + at, length);
  }
}

/** A packet: samples of a stream, or a command. */
export function pulsePacket(body: Uint8Array, channel: number = CONTROL_CHANNEL): Bytes {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, body.length);
  view.setUint32(4, channel);
  return concatBytes(header, body);
}

/** Cuts what a server says into the bodies of its commands. Throws MediaError `sound-server`. */
export class PulseCutter {
  #rest: Bytes = new Uint8Array(0);

  push(piece: Uint8Array): Bytes[] {
    let bytes = concatBytes(this.#rest, piece);
    const bodies: Bytes[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const length = view.getUint32(0);
      if (length > ANSWER_MAX_BYTES) throw broken();
      if (bytes.length < HEADER_BYTES + length) break;
      const body = bytes.slice(HEADER_BYTES, HEADER_BYTES + length);
      if (view.getUint32(4) === CONTROL_CHANNEL) bodies.push(body);
      bytes = bytes.slice(HEADER_BYTES + length);
    }
    this.#rest = bytes;
    return bodies;
  }
}

/** How much more than it is late a server holds. */
const ROOM = 20;

/** What `createPlaybackStream` asks for: late by so many milliseconds. */
export function pulseStream(writer: PulseWriter, bufferMs: number): PulseWriter {
  const bufferBytes = bufferMs * 48 * 4;
  writer.stereo().u32(NOTHING).text(undefined)
    // Room, not corked, what it is kept filled to, how much before it begins, what it asks for at least, synchronised with none.
    .u32(ROOM * bufferBytes).flag(false).u32(bufferBytes).u32(0).u32(NOTHING).u32(0).fullVolume();
  // Move, remap, mix as it likes; its rate is ours; no variable rate; not muted, latency as asked for.
  for (const flag of [false, false, false, false, false, false, false, false, true]) {
    writer.flag(flag);
  }
  return writer.properties({ "media.name": "video", "media.role": "video" });
}

/** The answer to `getPlaybackLatency`: how much was heard, in milliseconds. */
export function heardMs(reader: PulseReader): number {
  const sinkMs = reader.microseconds() / 1000;
  reader.microseconds();
  reader.flag();
  reader.time();
  reader.time();
  reader.signed();
  return reader.signed() / (48 * 4) - sinkMs;
}

function u32Bytes(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function broken(): MediaError {
  return new MediaError("sound-server", "Cannot play sound: the sound server says what cannot be");
}
