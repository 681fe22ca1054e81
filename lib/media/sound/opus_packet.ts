/** The packets of sound that travel: Opus (RFC 6716), one frame of 20 ms in each. */

/** What Opus decodes to. */
export const SAMPLE_RATE = 48_000;
/** Of a packet. */
export const PACKET_MS = 20;
/** The same in samples. */
export const PACKET_SAMPLES = SAMPLE_RATE * PACKET_MS / 1000;
/** libopus is late by so much (RFC 7845, "pre-skip"). */
export const LOOKAHEAD_MS = 312 * 1000 / SAMPLE_RATE;
/** What libopus makes of silence: CELT of full band, in stereo, without anything in it. */
export const SILENT_PACKET: Uint8Array<ArrayBuffer> = new Uint8Array([0xfc, 0xff, 0xfe]);
/** A frame has at most 1,275 bytes (section 3.2.1), and one more says what it is. */
const PACKET_MAX_BYTES = 1276;

/** Configurations with frames of 20 ms (section 3.1, table 2): SILK, hybrid and CELT. */
const CONFIGURATIONS = new Set([1, 5, 9, 13, 15, 19, 23, 27, 31]);

/**
 * Whether this is what our own server makes. Every other form of a packet (several frames, paddings, other lengths) is
 * refused before a decoder sees it.
 */
export function isSoundPacket(packet: Uint8Array): boolean {
  if (packet.length < 1 || packet.length > PACKET_MAX_BYTES) return false;
  const [toc] = packet;
  return (toc & 3) === 0 && CONFIGURATIONS.has(toc >> 3);
}
