/** A fifth of a second of sound: what the store keeps and what travels together. */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { isSoundPacket, PACKET_MS, PACKET_SAMPLES } from "./opus_packet.ts";

/** A packet alone would have as many bytes around it as in it. */
export const UNIT_PACKETS = 10;
/** How long they sound. */
export const UNIT_MS = UNIT_PACKETS * PACKET_MS;

/** By so many samples libopus is late: the first packet begins so long before the sound (RFC 7845, "pre-skip"). */
const LOOKAHEAD_SAMPLES = 312;

/** Where the sound of a unit begins, in samples, and how many samples before it are to be decoded and thrown away. */
export function unitStart(unit: number): { readonly at: number; readonly skip: number } {
  const at = unit * UNIT_PACKETS * PACKET_SAMPLES - LOOKAHEAD_SAMPLES;
  return at < 0 ? { at: 0, skip: -at } : { at, skip: 0 };
}

/** As it is kept. */
export function encodeUnit(packets: readonly Bytes[]): Bytes {
  const writer = new ByteWriter();
  for (const packet of packets) writer.field(packet);
  return writer.finish();
}

/** Reads what `encodeUnit` wrote; undefined for anything else. */
export function decodeUnit(bytes: Bytes): readonly Bytes[] | undefined {
  const reader = new ByteReader(bytes);
  const packets: Bytes[] = [];
  while (reader.remaining > 0 && packets.length < UNIT_PACKETS) packets.push(reader.field());
  const isWhole = reader.done && packets.length > 0 && packets.every(isSoundPacket);
  return isWhole ? packets : undefined;
}
