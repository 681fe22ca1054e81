/** A byte stream over one QUIC connection: the first bidirectional stream of it, which is the only one that is ever opened. */

import type { Clock } from "../../base/clock.ts";
import type { ByteStream } from "../streams/byte_stream.ts";

/** How long the other side has to read what was sent before the connection is taken from under it. */
const LINGER_MS = 3_000;
/** Read at once: what the runtime itself reads at most. */
const READ_BYTES = 64 * 1024;

/** The two parts of a QUIC connection that a stream is made of. */
export interface QuicParts {
  readonly connection: Deno.QuicConn;
  readonly stream: Deno.QuicBidirectionalStream;
}

/** Owns its connection. */
export class QuicStream implements ByteStream {
  readonly #clock: Clock;
  /** Resolves when nothing of the connection is left. Never rejects. */
  readonly gone: Promise<void>;
  readonly #connection: Deno.QuicConn;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Lent to each read and given back by it: a new one each time is what the collector pays for. */
  #buffer: ArrayBufferLike = new ArrayBuffer(READ_BYTES);
  /** Read from the system into it, and not yet taken. */
  #rest: Uint8Array = new Uint8Array(0);
  #peerEnded = false;
  #ended = false;
  #closed = false;

  constructor({ connection, stream }: QuicParts, clock: Clock) {
    this.#clock = clock;
    this.#connection = connection;
    this.#reader = stream.readable.getReader({ mode: "byob" });
    this.#writer = stream.writable.getWriter();
    const done = () => {};
    this.gone = connection.closed.then(done, done);
    // A connection that breaks rejects these too; whoever reads or writes hears of it.
    this.#reader.closed.catch(done);
    this.#writer.closed.catch(done);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#reader.read(new Uint8Array(this.#buffer));
      if (done) {
        this.#peerEnded = true;
        return null;
      }
      this.#buffer = value.buffer;
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, buffer.length);
    buffer.set(taken);
    this.#rest = this.#rest.subarray(taken.length);
    return taken.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#writer.write(bytes);
    return bytes.length;
  }

  async closeWrite(): Promise<void> {
    this.#ended = true;
    await this.#writer.close();
  }

  /**
   * Unlike the end of a TCP connection, that of a QUIC connection throws away what the other side has not read yet
   * (RFC 9000 §10.2). Who ended first and has read the other's end knows that everything arrived, and closes; who ended last
   * waits for that.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    ignore(this.#reader.cancel());
    if (this.#ended && this.#peerEnded) return this.#connection.close();
    if (!this.#ended) ignore(this.#writer.close());
    const cancel = this.#clock.after(LINGER_MS, () => this.#connection.close());
    this.gone.then(cancel);
  }
}

/** What a broken stream answers when it is told to end says nothing new. */
function ignore(ending: Promise<unknown>): void {
  ending.catch(() => {});
}
