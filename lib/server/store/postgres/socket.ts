/**
 * The socket under the PostgreSQL client, opened by Deno itself. The client's own (`node:net`) waits 44 ms with each statement
 * over 32 KiB on TLS, as it never switches Nagle's delay off, and does no TLS at all on Deno 2.4.2.
 */

import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { afterThisTurn, systemClock } from "../../../base/clock.ts";
import { StorageError } from "../../../base/errors.ts";

/** Where a server listens. */
export type SocketAddress =
  | { readonly transport: "unix"; readonly path: string }
  | {
    readonly transport: "tcp";
    readonly hostname: string;
    readonly port: number;
    /** Undefined: not encrypted. Certificates in PEM, none for those of the system. */
    readonly tls: { readonly caCerts: readonly string[] } | undefined;
  };

/** Later than any `setImmediate` of the client, which on Deno 2.4.2 would write to a socket that it has forgotten. */
const CLOSE_AFTER_MS = 20;
/** Waiting writes from which on the client is asked to hold back. */
const MANY_WRITES = 100;
const READ_BYTES = 65_536;
/** RFC-less, as in PostgreSQL's protocol 3.0: length 8 and the number 80877103. */
const TLS_REQUEST = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);
const TLS_ACCEPTED = 0x53;
/** How a server answers a client that comes (PostgreSQL manual §55.7): R, E, N or v. */
const FIRST_ANSWERS: readonly number[] = [0x52, 0x45, 0x4e, 0x76];

interface Write {
  readonly bytes: Uint8Array;
  readonly done: (() => void) | undefined;
}

/** What the client expects of a `net.Socket`: it connects behind its constructor and tells by events. */
export class PostgresSocket extends EventEmitter {
  readyState: "opening" | "open" | "closed" = "opening";
  #connection: Deno.Conn | undefined;
  readonly #writes: Write[] = [];
  #isWriting = false;
  #isEnding = false;
  #isFull = false;

  constructor(address: SocketAddress) {
    super();
    this.#run(address);
  }

  /**
   * False: wait for `drain`. Nothing (null) is what the client writes again on Deno 2.4.2, where a `setImmediate` that was cleared
   * in the same turn runs nevertheless.
   */
  write(bytes: Uint8Array | null, done?: () => void): boolean {
    if (bytes === null) return !this.#isFull;
    this.#writes.push({ bytes, done });
    this.#flush();
    this.#isFull ||= this.#writes.length > MANY_WRITES;
    return !this.#isFull;
  }

  /** Closes when everything is written. */
  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#writes.push({ bytes, done: undefined });
    this.#isEnding = true;
    if (!this.#isWriting && this.#connection !== undefined && this.#writes.length === 0) {
      this.destroy();
    } else this.#flush();
  }

  destroy(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    try {
      this.#connection?.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    // And after those of the turn in which that time is over: the client would keep what it has not written, and begin the next
    // connection with it, which its server does not understand.
    systemClock.after(CLOSE_AFTER_MS, () => afterThisTurn(() => this.emit("close", false)));
  }

  // What the client calls and this socket does by itself.
  pause(): void {}
  resume(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  /** Never rejects. */
  async #run(address: SocketAddress): Promise<void> {
    try {
      this.#connection = await open(address);
      if (this.readyState === "closed") return this.#connection.close();
      this.readyState = "open";
      this.#flush();
      const buffer = new Uint8Array(READ_BYTES);
      for (let isFirst = true;; isFirst = false) {
        const length = await this.#connection.read(buffer);
        if (isFirst) requirePostgres(length === null ? undefined : buffer[0]);
        if (length === null) break;
        this.emit("data", Buffer.from(buffer.slice(0, length).buffer));
      }
    } catch (error) {
      this.#fail(error);
    }
    this.destroy();
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    if (this.#isWriting || this.#connection === undefined) return;
    this.#isWriting = true;
    try {
      for (let next = this.#writes.shift(); next !== undefined; next = this.#writes.shift()) {
        let left = next.bytes;
        while (left.length > 0) left = left.subarray(await this.#connection.write(left));
        next.done?.();
      }
      if (this.#isEnding) this.destroy();
      else if (this.#isFull) {
        this.#isFull = false;
        // The client takes it for "ready" whatever was before: only after `write` returned false.
        this.emit("drain");
      }
    } catch (error) {
      this.#fail(error);
      this.destroy();
    }
    this.#isWriting = false;
  }

  #fail(error: unknown): void {
    // Without a listener it would end the process.
    if (this.readyState !== "closed" && this.listenerCount("error") > 0) this.emit("error", error);
  }
}

/** Of what ends or says something else the client would wait for an answer, and connect again, for ever. Throws StorageError. */
function requirePostgres(first: number | undefined): void {
  if (first === undefined) {
    throw new StorageError(
      "unreachable",
      "Cannot use the database: what listens there ends the connection without an answer",
    );
  }
  if (FIRST_ANSWERS.includes(first)) return;
  throw new StorageError(
    "unknown-format",
    "Cannot use the database: what listens there is no PostgreSQL",
  );
}

async function open(address: SocketAddress): Promise<Deno.Conn> {
  if (address.transport === "unix") return await Deno.connect(address);
  const { hostname, port, tls } = address;
  const plain = await Deno.connect({ hostname, port });
  try {
    plain.setNoDelay(true);
    plain.setKeepAlive(true);
    if (tls === undefined) return plain;
    await plain.write(TLS_REQUEST);
    const answer = new Uint8Array(1);
    await plain.read(answer);
    if (answer[0] !== TLS_ACCEPTED) {
      throw new StorageError("no-tls", `Cannot use the store: ${hostname} has no TLS`);
    }
    return await Deno.startTls(plain, { hostname, caCerts: [...tls.caCerts] });
  } catch (error) {
    plain.close();
    throw error;
  }
}
