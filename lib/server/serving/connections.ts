/** Makes the connections of the server's sessions: strangers' limits, one wheel and one flusher for all. */

import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { Connection } from "../../net/connections/connection.ts";
import { Flusher } from "../../net/connections/flusher.ts";
import type { LineSimulation } from "../../net/streams/line_simulation.ts";
import { overLine, type SimulationOptions } from "../../net/streams/simulated_stream.ts";
import { TimerWheel } from "../../net/connections/timer_wheel.ts";
import { STRANGER_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket } from "../../protocol/packet.ts";

/** Makes connections; it owns none of them. */
export class Connections {
  readonly #wheel: TimerWheel;
  readonly #flusher: Flusher;
  readonly #line: LineSimulation | undefined;
  readonly #options: SimulationOptions;

  /** Over a simulated line if there is one. */
  constructor(options: SimulationOptions, line?: LineSimulation) {
    const { clock } = options;
    this.#options = options;
    this.#line = line;
    this.#wheel = new TimerWheel(clock);
    this.#flusher = new Flusher(clock);
  }

  /** Takes the stream over. The caller runs the connection. */
  make(stream: ByteStream, remoteAddress: string): Connection {
    const connection: Connection = new Connection(overLine(stream, this.#line, this.#options), {
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
