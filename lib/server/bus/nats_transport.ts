/**
 * The socket under the NATS client. The client's own for Node leaves its socket without a listener for errors between two steps,
 * and a NATS that is killed at that moment ends the whole server (seen on Deno 2.9.6).
 */

import type { ConnectionOptions, Server } from "@nats-io/nats-core";
import { extractProtocolMessage, type Transport } from "@nats-io/nats-core/internal";
import { concatBytes } from "../../base/bytes.ts";
import { TransportError } from "../../base/errors.ts";
import { parseJson } from "../../base/json_line.ts";

const READ_BYTES = 64 * 1024;
/** A server says who it is in a few hundred bytes, first of all. */
const INFO_MAX_BYTES = 64 * 1024;

/** One connection, for one attempt. The client closes it. */
export class NatsTransport implements Transport {
  readonly lang = "heliograph";
  readonly version = "1";
  closeError?: Error;
  readonly #caCerts: readonly string[];
  readonly #ended = Promise.withResolvers<void | Error>();
  readonly #first: Uint8Array[] = [];
  #connection: Deno.Conn | undefined;
  #isEncrypted = false;
  #isClosed = false;
  #writing: Promise<unknown> = Promise.resolve();

  /** `caCerts`: PEM of whom to trust besides those that the system does. */
  constructor(caCerts: readonly string[]) {
    this.#caCerts = caCerts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** `tls` null is a connection without. */
  async connect({ hostname, port, tlsName }: Server, { tls }: ConnectionOptions): Promise<void> {
    try {
      const connection = this.#hold(await Deno.connect({ hostname, port }));
      connection.setNoDelay(true);
      const needsTls = await this.#readInfo(connection);
      if (tls !== null && tls !== undefined) {
        const caCerts = [...this.#caCerts];
        const name = tlsName === "" ? hostname : tlsName;
        const secure = this.#hold(await Deno.startTls(connection, { hostname: name, caCerts }));
        await secure.handshake();
        this.#isEncrypted = true;
      } else if (needsTls) throw new TransportError("needs-tls", "it wants TLS: use tls://");
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    yield* this.#first.splice(0);
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const count = await this.#read(buffer);
      if (count === undefined) return;
      yield buffer.slice(0, count);
    }
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** Never throws: when it cannot be written, reading ends too. */
  send(frame: Uint8Array): void {
    this.#writing = this.#writing.then(() => this.#write(frame)).catch(() => this.#end());
  }

  // deno-lint-ignore require-await
  async close(error?: Error): Promise<void> {
    this.#end(error);
  }

  disconnect(): void {
    // Behind what is to be written yet.
    this.#writing.finally(() => this.#end());
  }

  closed(): Promise<void | Error> {
    return this.#ended.promise;
  }

  discard(): void {
    this.#isClosed = true;
    this.#shut();
  }

  /** It may have been given up meanwhile. */
  #hold<Connection extends Deno.Conn>(connection: Connection): Connection {
    this.#connection = connection;
    if (!this.#isClosed) return connection;
    this.#shut();
    throw new TransportError("closed", "the connection was given up");
  }

  /** Whether the server wants TLS, by its first line; the client reads it once more. */
  async #readInfo(connection: Deno.Conn): Promise<boolean> {
    for (let sizeBytes = 0; sizeBytes < INFO_MAX_BYTES;) {
      const buffer = new Uint8Array(READ_BYTES);
      const count = await connection.read(buffer);
      if (count === null) break;
      sizeBytes += count;
      this.#first.push(buffer.subarray(0, count));
      const line = extractProtocolMessage(concatBytes(...this.#first));
      if (line === "") continue;
      const info = /^INFO\s+(.*)/.exec(line)?.[1];
      const said = info === undefined ? undefined : parseJson(info);
      if (typeof said !== "object" || said === null) break;
      return "tls_required" in said && said.tls_required === true;
    }
    throw new TransportError("not-nats", "what answers there is no NATS");
  }

  /** Undefined at the end. */
  async #read(buffer: Uint8Array): Promise<number | undefined> {
    try {
      const count = await this.#connection?.read(buffer) ?? undefined;
      if (count === undefined) this.#end();
      return this.#isClosed ? undefined : count;
    } catch (error) {
      this.#end(error instanceof Error ? error : undefined);
      return undefined;
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    for (let at = 0; at < frame.length && !this.#isClosed;) {
      at += await this.#connection?.write(frame.subarray(at)) ?? frame.length;
    }
  }

  #end(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.closeError = error;
    this.#shut();
    this.#ended.resolve(error);
  }

  #shut(): void {
    try {
      this.#connection?.close();
    } catch (error) {
      // It was taken over by TLS, or is closed.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
