/** Servers with real TLS on loopback, and a relay in front of them. */

import { join } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Server } from "../../../lib/server/server.ts";

/** A server on loopback with real TLS, anew or on the data that it left. The caller closes it. */
export async function openServer(
  folder: string,
  name: string,
  clock: Clock = systemClock,
): Promise<Server> {
  const videoFolder = join(folder, `${name}-videos`);
  await Deno.mkdir(videoFolder, { recursive: true });
  return await Server.open({
    clock,
    random: systemRandom,
    dataFolder: join(folder, name),
    cacheFolder: join(folder, `${name}-cache`),
    videoFolder,
    listen: { host: "127.0.0.1", port: 0 },
    tls: "auto",
    registration: "open",
    loginAttempts: 3,
    lockSeconds: 60,
    ffmpegPath: undefined,
    frameQuotaBytes: 1 << 20,
    maxConnections: 100,
    spoolDescriptors: 100,
  });
}

/** Passes connection after connection on to one of `ports`, those behind the last one to it too, and keeps what the client sent. */
export class Relay implements AsyncDisposable {
  readonly port: number;
  ports: readonly number[];
  /** By connection, in their order. */
  readonly sent: number[][] = [];
  readonly #listener: Deno.TcpListener;
  readonly #done: Promise<void>;

  constructor(ports: readonly number[]) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.ports = ports;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    const passing: Promise<unknown>[] = [];
    for await (const near of this.#listener) {
      const bytes: number[] = [];
      this.sent.push(bytes);
      const port = this.ports[Math.min(this.sent.length, this.ports.length) - 1];
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      const record = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          bytes.push(...chunk);
          controller.enqueue(chunk);
        },
      });
      passing.push(
        near.readable.pipeThrough(record).pipeTo(far.writable).catch(() => {}),
        far.readable.pipeTo(near.writable).catch(() => {}),
      );
    }
    await Promise.all(passing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}
