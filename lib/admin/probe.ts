/** Asks the server that should be running whether it answers: the first exchange of the protocol, and nothing more. */

import { encodeBase64 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { ProtocolError, TransportError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { HostPort } from "../net/address.ts";
import type { ByteStream } from "../net/byte_stream.ts";
import { withDeadline } from "../net/deadline.ts";
import { dialPlain, dialTls } from "../net/dial.ts";
import { hello, NONCE_BYTES } from "../protocol/hop/server.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../protocol/packet.ts";
import { PROTOCOL_VERSIONS } from "../protocol/versions.ts";

const TIMEOUT_MS = 5000;

/** Resolves when the server answered. `caPem` left out: without TLS. Throws TransportError, TrustError, ProtocolError. */
export async function probe(
  address: HostPort,
  options: { clock: Clock; random: Random; caPem: string | undefined },
): Promise<void> {
  const deadline = { clock: options.clock, timeoutMs: TIMEOUT_MS };
  const { caPem, random } = options;
  const { stream } = caPem === undefined
    ? await dialPlain(address, deadline)
    : await dialTls(address, caPem, deadline);
  try {
    const packet = encodePacket({
      kind: "hello",
      request: 1,
      versions: PROTOCOL_VERSIONS,
      program: "heliograph-server status",
      nonce: encodeBase64(random.bytes(NONCE_BYTES)),
    });
    const { header, payload } = await withDeadline(
      "ask the server",
      exchange(stream, packet),
      () => {},
      deadline,
    );
    hello.reply.read(header, payload);
  } finally {
    stream.close();
  }
}

async function exchange(stream: ByteStream, packet: Uint8Array): Promise<Packet> {
  for (let at = 0; at < packet.length;) at += await stream.write(packet.subarray(at));
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await stream.read(buffer);
    if (count === null) throw new TransportError("peer-closed", "The server ended the connection");
    decoder.push(buffer.subarray(0, count));
    const answer = decoder.next();
    if (answer === undefined) continue;
    if (answer.header.kind === hello.reply.kind) return answer;
    throw new ProtocolError("bad-message", "The server answered something else");
  }
}
