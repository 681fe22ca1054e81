/** A line between two real programs that counts what goes over it. */

/** Listens on loopback for what is meant for `port` there. */
export class CountingLine implements AsyncDisposable {
  readonly #listener: Deno.Listener;
  readonly #done: Promise<void>;
  readonly #connections: Deno.Conn[] = [];
  /** To the program at `port`, and from it. */
  upBytes = 0;
  downBytes = 0;

  constructor(port: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#done = this.#accept(port);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #accept(port: number): Promise<void> {
    for await (const near of this.#listener) {
      this.#connections.push(near);
      try {
        const far = await Deno.connect({ hostname: "127.0.0.1", port });
        this.#connections.push(far);
        pump(near, far, (bytes) => this.upBytes += bytes);
        pump(far, near, (bytes) => this.downBytes += bytes);
      } catch (error) {
        // Nobody listens there at present.
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        near.close();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
    await this.#done;
  }
}

function pump(from: Deno.Conn, to: Deno.Conn, count: (bytes: number) => void): void {
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(bytes, sink) {
      count(bytes.length);
      sink.enqueue(bytes);
    },
  });
  // A program that is killed resets its line: that is what is tried here.
  from.readable.pipeThrough(counting).pipeTo(to.writable).catch(() => {});
}
