/** Connections over a memory link on a false clock. */

import { Connection, type ConnectionOptions } from "../../lib/net/connections/connection.ts";
import { Flusher } from "../../lib/net/connections/flusher.ts";
import { type MemoryLink, memoryLink } from "../../lib/net/streams/memory.ts";
import { TimerWheel } from "../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import { FakeClock } from "./clock.ts";

export interface TestConnection {
  readonly clock: FakeClock;
  /** Its `near` end belongs to the connection; the test plays the other side on `far`. */
  readonly link: MemoryLink;
  readonly connection: Connection;
  /** What the connection has received. */
  readonly received: Packet[];
}

/** A running connection that collects what it receives. */
export function testConnection(
  options: Partial<ConnectionOptions> & {
    clock?: FakeClock;
    onPacket?: (packet: Packet, connection: Connection) => void | Promise<void>;
  } = {},
): TestConnection {
  const { clock = new FakeClock(), onPacket, ...rest } = options;
  const link = memoryLink();
  const connection = new Connection(link.near, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: "192.0.2.1",
    ...rest,
  });
  const received: Packet[] = [];
  connection.run((packet) => {
    received.push(packet);
    return onPacket?.(packet, connection);
  });
  return { clock, link, connection, received };
}

/** Writes everything, however little is taken at once. */
export async function writeAll(
  stream: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
}

/** One read of at most 1 MiB; null at the end. */
export async function readSome(
  stream: { read(buffer: Uint8Array): Promise<number | null> },
): Promise<Uint8Array | null> {
  const buffer = new Uint8Array(1 << 20);
  const count = await stream.read(buffer);
  return count === null ? null : buffer.slice(0, count);
}
