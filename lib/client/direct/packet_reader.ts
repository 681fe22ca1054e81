/** The first packets of a direct connection, read one by one: nothing behind them is taken from the stream. */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError, TransportError } from "../../base/errors.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { STRANGER_PACKET_LIMITS } from "../../protocol/limits.ts";
import { type Packet, PacketDecoder } from "../../protocol/packet.ts";

const LENGTH_BYTES = 4;

/** One packet, within the limits of strangers. Throws ProtocolError, and TransportError `closed` at the end. */
export async function readPacket(stream: ByteStream): Promise<Packet> {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  const length = await readExactly(stream, LENGTH_BYTES);
  // Refuses a length that is too great before anything is read for it.
  decoder.push(length);
  decoder.next();
  decoder.push(await readExactly(stream, new DataView(length.buffer).getUint32(0)));
  const packet = decoder.next();
  if (packet !== undefined) return packet;
  throw new ProtocolError("bad-message", "Cannot read packet: it is not whole");
}

/** Writes all of it. */
export async function writeAll(stream: ByteStream, bytes: Bytes): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
}

async function readExactly(stream: ByteStream, sizeBytes: number): Promise<Bytes> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes;) {
    const count = await stream.read(bytes.subarray(at));
    if (count === null) {
      throw new TransportError("closed", "Cannot read packet: the other side closed the stream");
    }
    at += count;
  }
  return bytes;
}
