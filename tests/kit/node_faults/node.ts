/** A node of a cluster that can be killed, stopped in its tracks, and cut off from NATS and from its database. */

import { join } from "node:path";
import { FaultProxy, type ProxyTarget } from "../fault_proxy.ts";
import { ServerProcess } from "../server_process.ts";

/** What a node needs of the server that it is one of. */
export interface NodeParts {
  readonly name: string;
  /** Its own, empty. */
  readonly folder: string;
  /** Holds the keys of the server. */
  readonly keys: string;
  readonly bus: ProxyTarget;
  readonly database: ProxyTarget;
  readonly user: string;
}

/** What an operator copies from the first node to another. */
const KEYS: readonly string[] = ["ca.pem", "ca.key", "opaque.setup"];

/** Closing it ends it. */
export class FaultyNode implements AsyncDisposable {
  readonly name: string;
  readonly process: ServerProcess;
  readonly #bus: FaultProxy;
  readonly #database: FaultProxy;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { name }: NodeParts,
    made: { process: ServerProcess; bus: FaultProxy; database: FaultProxy },
    owned: AsyncDisposableStack,
  ) {
    this.name = name;
    this.process = made.process;
    this.#bus = made.bus;
    this.#database = made.database;
    this.#owned = owned;
  }

  static async start(parts: NodeParts): Promise<FaultyNode> {
    await using owned = new AsyncDisposableStack();
    const { name, folder, keys, user } = parts;
    const data = join(folder, "data");
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    for (const key of KEYS) await Deno.copyFile(join(keys, key), join(data, key));
    const bus = owned.use(FaultProxy.open(parts.bus));
    const database = owned.use(FaultProxy.open(parts.database));
    const args = [
      ...["--store", `postgres://${user}@127.0.0.1:${database.port}/postgres`],
      ...["--bus", `nats://127.0.0.1:${bus.port}`, "--node", name],
    ];
    const process = owned.use(await ServerProcess.start({ folder, data, args }));
    return new FaultyNode(parts, { process, bus, database }, owned.move());
  }

  /** Where its database is from now on. */
  redirect(database: ProxyTarget): void {
    this.#database.target = database;
    this.#database.cut();
  }

  /** From what it is cut off, and whether it notices: without a word nothing arrives, not even that. */
  cut(from: readonly ("bus" | "database")[], { silently }: { silently: boolean }): void {
    for (const proxy of this.#proxies(from)) {
      if (silently) proxy.toServer.stalled = proxy.toClient.stalled = true;
      else {
        proxy.refuses = true;
        proxy.cut();
      }
    }
  }

  /** What was on its way when a silent cut began arrives now, late. */
  heal(): void {
    for (const proxy of this.#proxies(["bus", "database"])) {
      proxy.toServer.stalled = proxy.toClient.stalled = proxy.refuses = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  #proxies(of: readonly ("bus" | "database")[]): FaultProxy[] {
    return of.map((one) => one === "bus" ? this.#bus : this.#database);
  }
}
