/** A link over a stream of any transport. */

import type { Clock } from "../../base/clock.ts";
import type { HostPort } from "../../net/address.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { Connection } from "../../net/connection.ts";
import { Flusher } from "../../net/flusher.ts";
import { TimerWheel } from "../../net/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { Link } from "./link.ts";

/** Takes the stream over and begins to read it. Closing the link closes it. */
export function openLink(stream: ByteStream, address: HostPort, clock: Clock): Link {
  const connection: Connection = new Connection(stream, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: address.host,
    onSilence: () => connection.send(encodePacket({ kind: "server.ping" })),
  });
  return new Link(connection, clock);
}
