/** A unix socket and the connections over it: whoever connects is served beside the others. */

/** How connections are taken. */
export interface UnixServerOptions {
  /** Answers one until it is done. The connection is closed after that, and when the server is. MUST NOT reject. */
  readonly serve: (connection: Deno.UnixConn) => Promise<void>;
  /** More at once are closed unread. */
  readonly most?: number;
  /** Nobody is heard any more, though it was not closed. */
  readonly onFailed: (error: unknown) => void;
}

/** Owns the listener and what came over it; the file stays the caller's. */
export class UnixServer implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #options: UnixServerOptions;
  readonly #open = new Map<Deno.UnixConn, Promise<void>>();
  readonly #accepting: Promise<void>;
  #isClosed = false;

  constructor(listener: Deno.UnixListener, options: UnixServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#accepting = this.#accept();
  }

  /** Ends what is under way. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const connection of this.#open.keys()) closeConnection(connection);
    await this.#accepting;
    await Promise.all(this.#open.values());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    const { serve, most = Infinity, onFailed } = this.#options;
    try {
      for await (const connection of this.#listener) {
        if (this.#open.size >= most) {
          closeConnection(connection);
          continue;
        }
        const serving = serve(connection).finally(() => {
          this.#open.delete(connection);
          closeConnection(connection);
        });
        this.#open.set(connection, serving);
      }
    } catch (error) {
      onFailed(error);
    }
  }
}

/** Also one that was closed before. */
export function closeConnection(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Throws what writing throws. */
export async function writeWhole(connection: Deno.UnixConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
