/** A link whose other end a test plays, over memory and a clock that the test moves. */

import { Link } from "../../lib/client/link/link.ts";
import { Connection } from "../../lib/net/connections/connection.ts";
import { Flusher } from "../../lib/net/connections/flusher.ts";
import { TimerWheel } from "../../lib/net/connections/timer_wheel.ts";
import type { ByteStream } from "../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../lib/net/streams/memory.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import type { FakeClock } from "./clock.ts";

/** `connection` is the server's end; `receive` gets what the client says, each write of it once `writes` resolves. */
export function scriptedLink(
  clock: FakeClock,
  receive: (packet: Packet) => void,
  writes: () => Promise<void> = () => Promise.resolve(),
): { readonly connection: Connection; readonly link: Link } {
  const ends = memoryLink();
  const near: ByteStream = {
    read: (buffer) => ends.near.read(buffer),
    write: async (bytes) => {
      await writes();
      return await ends.near.write(bytes);
    },
    closeWrite: () => ends.near.closeWrite(),
    close: () => ends.near.close(),
  };
  const make = (stream: ByteStream) =>
    new Connection(stream, {
      wheel: new TimerWheel(clock),
      flusher: new Flusher(clock),
      limits: SIGNED_IN_PACKET_LIMITS,
      remoteAddress: "192.0.2.1",
    });
  const connection = make(ends.far);
  connection.run(receive);
  return { connection, link: new Link(make(near), clock) };
}
