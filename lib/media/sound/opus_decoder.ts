/** Opus to samples, by libopus in WebAssembly: no program of the machine is needed for it. */

import type { OpusDecoder } from "opus-decoder";
import type { Bytes } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { isSoundPacket, PACKET_SAMPLES, SAMPLE_RATE } from "./opus_packet.ts";

/** Two channels of 16 bits. */
export const SAMPLE_BYTES = 4;

/** One stream of packets, in order. Whoever opened it closes it. */
export class SoundDecoder implements Disposable {
  readonly #decoder: OpusDecoder<typeof SAMPLE_RATE>;

  private constructor(decoder: OpusDecoder<typeof SAMPLE_RATE>) {
    this.#decoder = decoder;
  }

  static async open(): Promise<SoundDecoder> {
    // Loaded when there is something to hear: most calls of the program have nothing.
    const { OpusDecoder } = await import("opus-decoder");
    const decoder = new OpusDecoder({ sampleRate: SAMPLE_RATE, channels: 2 });
    await decoder.ready;
    return new SoundDecoder(decoder);
  }

  /**
   * The 960 samples of a packet, as 16 bits, little-endian, left and right in turn. What was damaged on the way is silence.
   * The decoder writes to the console when a packet's form is wrong, so none of these reaches it: throws UsageError.
   */
  decode(packet: Bytes): Bytes {
    if (!isSoundPacket(packet)) throw new UsageError("opus", "Cannot decode: this is no packet");
    const { channelData: [left, right], samplesDecoded } = this.#decoder.decodeFrame(packet);
    const pcm = new Uint8Array(PACKET_SAMPLES * SAMPLE_BYTES);
    const view = new DataView(pcm.buffer);
    for (let i = 0; i < Math.min(PACKET_SAMPLES, samplesDecoded); i++) {
      view.setInt16(4 * i, toInt16(left[i]), true);
      view.setInt16(4 * i + 2, toInt16((right ?? left)[i]), true);
    }
    return pcm;
  }

  close(): void {
    this.#decoder.free();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function toInt16(sample: number): number {
  return Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
}

/** The same samples at another loudness, 0 to 1. */
export function withGain(pcm: Bytes, gain: number): Bytes {
  if (gain === 1) return pcm;
  const quiet = new Uint8Array(pcm.length);
  const [from, to] = [
    new DataView(pcm.buffer, pcm.byteOffset, pcm.length),
    new DataView(quiet.buffer),
  ];
  for (let at = 0; at + 1 < pcm.length; at += 2) {
    to.setInt16(at, Math.round(from.getInt16(at, true) * gain), true);
  }
  return quiet;
}
