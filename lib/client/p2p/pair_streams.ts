/** Streams of a pair as connections: over the network, and in memory to the order that is kept here. */

import type { Clock } from "../../base/clock.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { Connection } from "../../net/connections/connection.ts";
import { Flusher } from "../../net/connections/flusher.ts";
import { memoryLink } from "../../net/streams/memory.ts";
import { TimerWheel } from "../../net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { type Link, openLink } from "../link/link.ts";

/** Where a link leads that leaves no machine. */
const HERE = "127.0.0.1";

/** The end of who is served. */
export function servedConnection(
  stream: ByteStream,
  remoteAddress: string,
  clock: Clock,
): Connection {
  return new Connection(stream, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress,
    pauseReading: true,
  });
}

/** The end of who asks. */
export function askingLink(stream: ByteStream, remoteAddress: string, clock: Clock): Link {
  return openLink(stream, { host: remoteAddress, port: 0 }, clock);
}

/** Both ends in this process, so that the own side is served as the other one is. */
export function ownLink(clock: Clock): { link: Link; served: Connection } {
  const { near, far } = memoryLink();
  return {
    link: askingLink(near, HERE, clock),
    served: servedConnection(far, HERE, clock),
  };
}
