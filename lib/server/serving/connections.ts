/** Makes the connections of the server's sessions: strangers' limits, one wheel and one flusher for all. */

import type { Clock } from "../../base/clock.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { Connection } from "../../net/connection.ts";
import { Flusher } from "../../net/flusher.ts";
import { TimerWheel } from "../../net/timer_wheel.ts";
import { STRANGER_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket } from "../../protocol/packet.ts";

/** Makes connections; it owns none of them. */
export class Connections {
  readonly #wheel: TimerWheel;
  readonly #flusher: Flusher;

  constructor(clock: Clock) {
    this.#wheel = new TimerWheel(clock);
    this.#flusher = new Flusher(clock);
  }

  /** Takes the stream over. The caller runs the connection. */
  make(stream: ByteStream, remoteAddress: string): Connection {
    const connection: Connection = new Connection(stream, {
      wheel: this.#wheel,
      flusher: this.#flusher,
      limits: STRANGER_PACKET_LIMITS,
      remoteAddress,
      onSilence: () => connection.send(encodePacket({ kind: "server.ping" })),
      farewell: ({ message }) =>
        encodePacket({ kind: "failure", request: 0, code: "bad-message", message }),
      pauseReading: true,
    });
    return connection;
  }
}
