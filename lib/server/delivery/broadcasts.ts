/** Tells those who are connected of broadcasts that were stored, whichever node stored them: each once, in order. */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { BROADCAST_PAGE_ENTRIES } from "../../protocol/hop/broadcast.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { Bus } from "../bus/bus.ts";
import type { BroadcastStore } from "../store/store.ts";

const log = logger("server", "broadcast");

type Stored = Awaited<ReturnType<BroadcastStore["listBroadcasts"]>>["broadcasts"][number];

/** Of one node. */
export class Broadcasts {
  readonly #bus: Bus;
  readonly #store: BroadcastStore;
  /** The last one that this node has told. */
  #last: number | undefined;
  /** One look at a time. */
  #looking: Promise<void> = Promise.resolve();

  constructor(bus: Bus, store: BroadcastStore) {
    this.#bus = bus;
    this.#store = store;
  }

  /** One was stored here. Resolves when this node's sessions were told. */
  async tell(stored: Stored): Promise<void> {
    // The store answers in the order of the numbers, and so does this.
    if (this.#bus.isAlone) return await this.#send(stored);
    this.#last ??= stored.number - 1;
    this.#bus.publish("broadcast.added", {});
    await this.look();
  }

  /** Tells of what any node has stored since the last look; at the first one of nothing. Never rejects. */
  look(): Promise<void> {
    return this.#looking = this.#looking.then(() => this.#look()).catch((error) => {
      log.error("watch failed", { reason: describeError(error) });
    });
  }

  async #look(): Promise<void> {
    const limit = BROADCAST_PAGE_ENTRIES;
    for (;;) {
      const after = this.#last ?? Number.MAX_SAFE_INTEGER;
      const { broadcasts, latest } = await this.#store.listBroadcasts({ after, sinceMs: 0, limit });
      this.#last ??= latest;
      for (const stored of broadcasts) {
        await this.#send(stored);
        this.#last = stored.number;
      }
      if (broadcasts.length < limit) return;
    }
  }

  /** Encoded once for all. */
  async #send({ number, atMs, statement }: Stored): Promise<void> {
    const packet = encodePacket({ kind: "broadcast.message", number, atMs }, statement);
    await this.#bus.here.toAll(packet);
  }
}
