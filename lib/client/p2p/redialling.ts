/** Coming back to people whose connection was lost: one task for each whose address is known. */

import { describeError } from "../../base/errors.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import { reconnectDelayMs } from "../../net/connections/reconnect.ts";
import type { NodeParts } from "./node_parts.ts";

const log = logger("client", "node");

/** What it needs of its node. */
export interface Redialling {
  isConnected(account: AccountId): boolean;
  /** Meets who is there; rejects when it is somebody else. */
  dial(address: HostPort, expected: Fingerprint, signal: AbortSignal): Promise<unknown>;
}

/** Has a task for each person. Closing it ends them. */
export class Redialler {
  readonly #parts: NodeParts;
  readonly #node: Redialling;
  readonly #tasks = new Map<AccountId, { scope: Scope; wake: () => void }>();
  #isClosed = false;

  constructor(parts: NodeParts, node: Redialling) {
    this.#parts = parts;
    this.#node = node;
  }

  /** From now on a lost connection to this person is made again. */
  keep(account: AccountId): void {
    if (this.#isClosed || this.#tasks.has(account)) return;
    const task = { scope: new Scope(), wake: () => {} };
    this.#tasks.set(account, task);
    task.scope.run("redial", async (signal) => {
      for (let attempt = 0;;) {
        if (this.#node.isConnected(account)) {
          await new Promise<void>((resolve) => {
            task.wake = resolve;
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
          signal.throwIfAborted();
          attempt = 0;
        }
        const { clock, random } = this.#parts;
        await clock.sleep(reconnectDelayMs(attempt++, random), { signal });
        await this.#tryAll(account, signal);
      }
    });
  }

  /** The connection to this person has changed. */
  wake(account: AccountId): void {
    this.#tasks.get(account)?.wake();
  }

  async forget(account: AccountId): Promise<void> {
    const task = this.#tasks.get(account);
    this.#tasks.delete(account);
    await task?.scope.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#tasks.keys()].map((account) => this.forget(account)));
  }

  async #tryAll(account: AccountId, signal: AbortSignal): Promise<void> {
    const peer = this.#parts.book.find(account);
    for (const address of peer?.addresses ?? []) {
      if (peer === undefined || this.#node.isConnected(account)) return;
      try {
        await this.#node.dial(address, peer.tlsFingerprint, signal);
      } catch (error) {
        signal.throwIfAborted();
        log.debug("not reached", { reason: describeError(error) });
      }
    }
  }
}
