/** A socket of this machine, by its path: to a sound server, or to a player's controls. */

import type { Bytes } from "../../base/bytes.ts";

const READ_BYTES = 64 * 1024;

/** Both ways. Whoever opened it closes it. */
export class LocalSocketStream {
  readonly #connection: Deno.UnixConn;
  readonly #buffer = new Uint8Array(READ_BYTES);

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /** Rejects when nobody listens there. */
  static async open(path: string): Promise<LocalSocketStream> {
    return new LocalSocketStream(await Deno.connect({ transport: "unix", path }));
  }

  /** Undefined at its end. */
  async read(): Promise<Bytes | undefined> {
    const length = await this.#connection.read(this.#buffer);
    return length === null ? undefined : this.#buffer.slice(0, length);
  }

  async write(bytes: Bytes): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** Closing twice is fine. */
  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
