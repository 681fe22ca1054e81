/** Asks the server from which address this program's UDP socket is seen. */

import { decodeHex, writeAll } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import { withDeadline } from "../../net/streams/deadline.ts";
import type { QuicSocket } from "../../net/quic/quic_socket.ts";
import { RENDEZVOUS_PROTOCOL } from "../../protocol/hop/direct.ts";
import type { Link } from "../link/link.ts";

const log = logger("client", "rendezvous");

/** A server that takes no UDP, or a network that lets none out, must not hold anybody up. */
const SEEN_MS = 3_000;

/** One for each link: a push has one handler. */
export class Rendezvous {
  readonly #link: Link;
  readonly #serverHost: string;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, (seen: HostPort) => void>();

  constructor(
    link: Link,
    serverHost: string,
    clock: Clock,
  ) {
    this.#link = link;
    this.#serverHost = serverHost;
    this.#clock = clock;
    link.on("direct.seen", ({ ticket, host, port }) => this.#waiting.get(ticket)?.({ host, port }));
  }

  /** Undefined when it cannot be found out: local addresses have to do then. */
  async seenAddress(socket: QuicSocket, signal: AbortSignal): Promise<HostPort | undefined> {
    const options = { clock: this.#clock, timeoutMs: SEEN_MS, signal };
    try {
      return await withDeadline("find own address", this.#ask(socket, signal), () => {}, options);
    } catch (error) {
      signal.throwIfAborted();
      log.info("own address not known", { reason: describeError(error) });
      return undefined;
    }
  }

  async #ask(socket: QuicSocket, signal: AbortSignal): Promise<HostPort> {
    const { fields: { port, certificate, ticket } } = await this.#link.ask("direct.rendezvous", {});
    const seen = new Promise<HostPort>((resolve) => this.#waiting.set(ticket, resolve));
    try {
      const leaf = decodeHex(certificate) ?? new Uint8Array(0);
      const { stream } = await socket.dial({ host: this.#serverHost, port }, { leaf }, {
        clock: this.#clock,
        timeoutMs: SEEN_MS,
        signal,
        protocol: RENDEZVOUS_PROTOCOL,
      });
      try {
        await writeAll(stream, decodeHex(ticket) ?? new Uint8Array(0));
        const options = { clock: this.#clock, timeoutMs: SEEN_MS, signal };
        return await withDeadline("be seen", seen, () => {}, options);
      } finally {
        stream.close();
      }
    } finally {
      this.#waiting.delete(ticket);
    }
  }
}
