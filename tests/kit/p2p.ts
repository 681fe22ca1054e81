/** People without a server in one process, over TLS on loopback, each in a folder of their own. */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { parseAccountName } from "../../lib/base/account_name.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { Fingerprint } from "../../lib/base/ids.ts";
import type { PlacedEntry } from "../../lib/client/store/history.ts";
import type { KnownPeer } from "../../lib/client/p2p/address_book.ts";
import { PeerNode } from "../../lib/client/p2p/node.ts";
import { type NodeEvent, openNodeParts } from "../../lib/client/p2p/node_parts.ts";
import { type Keeping, NodeFolder } from "../../lib/client/p2p/node_folder.ts";
import type { Transport } from "../../lib/net/streams/byte_stream.ts";
import type { DialPeer } from "../../lib/client/p2p/peer_dialling.ts";
import type { HostPort } from "../../lib/net/addresses/address.ts";
import { readyIdentity } from "./profiles.ts";

/** How a person is made. */
export interface PersonOptions {
  /** One of the four ready identities. */
  readonly which: number;
  readonly keeping?: Keeping;
  readonly dial?: DialPeer;
  readonly folder?: string;
}

/** Somebody without a server. Closing them ends their process as far as others can tell. */
export class PersonWithout implements AsyncDisposable {
  readonly node: PeerNode;
  readonly folder: string;
  readonly events: NodeEvent[] = [];
  readonly #waiting: (() => void)[] = [];

  private constructor(node: PeerNode, folder: string) {
    this.node = node;
    this.folder = folder;
  }

  static async open(name: string, options: PersonOptions): Promise<PersonWithout> {
    const folder = options.folder ?? join(await Deno.makeTempDir({ dir: "tests/tmp" }), "p2p");
    const opened = await NodeFolder.open(folder, options.keeping ?? "kept", systemRandom);
    let person: PersonWithout | undefined = undefined as PersonWithout | undefined;
    const parts = await openNodeParts(opened, name, {
      clock: systemClock,
      random: systemRandom,
      makeIdentity: () => readyIdentity(options.which),
      onEvent: (event) => person?.happened(event),
      ...(options.dial && { dial: options.dial }),
    });
    person = new PersonWithout(new PeerNode(parts), folder);
    return person;
  }

  happened(event: NodeEvent): void {
    this.events.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  listen(): HostPort {
    return this.node.address ?? this.node.listen({ host: "127.0.0.1", port: 0 });
  }

  /** Resolves once `isTrue`, looked at after each event and now and then. Ends with the test's own limit. */
  async until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    while (!await isTrue()) {
      const happened = Promise.withResolvers<void>();
      this.#waiting.push(happened.resolve);
      const cancel = systemClock.after(50, happened.resolve);
      await happened.promise;
      cancel();
    }
  }

  async meet(other: PersonWithout): Promise<void> {
    await this.connect(other.listen());
  }

  /** Connects to whoever is there, and must be `expected` if that is said. */
  async connect(address: HostPort, expected?: Fingerprint): Promise<KnownPeer> {
    const { signal } = new AbortController();
    return await this.node.connect(address, { expected, signal });
  }

  /** What the connection to somebody goes over. */
  async transport(name: string): Promise<Transport | undefined> {
    return (await this.pair(name)).transport;
  }

  /** Undefined until the two have met. */
  known(name: string) {
    const parsed = parseAccountName(name);
    return parsed.ok ? this.node.book.find(parsed.id) : undefined;
  }

  async pair(name: string) {
    const peer = this.known(name);
    if (peer === undefined) throw new Error(`${name} is not known`);
    return await this.node.pairs.open(peer);
  }

  async say(name: string, text: string): Promise<string> {
    const pair = await this.pair(name);
    return await pair.write(pair.peer.account, text);
  }

  /** Texts of the other one, in their order; none of somebody who was not met yet. */
  async heard(name: string): Promise<readonly string[]> {
    if (this.known(name) === undefined) return [];
    return (await this.entries(name)).filter(({ own, kind }) => !own && kind === "text")
      .map(({ text }) => text);
  }

  async entries(name: string): Promise<readonly PlacedEntry[]> {
    const { messenger } = await this.pair(name);
    return await messenger.history.after(0);
  }

  async close(): Promise<void> {
    await this.node.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }
}
