/** From what was written down to the server: sends whenever it can, and says what cannot leave. */

import { Refusal, TransportError, type TrustError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { Bell } from "../../base/bell.ts";

/** After a refusal that names no time. */
const RETRY_MS = 5_000;

/** Why texts for somebody stay here for now. */
export interface HeldBack {
  readonly peer: Peer;
  readonly error: TrustError | Refusal;
}

/** Sends what waits in the profile when a connection is there, and says once why something is held. */
export class OutboxSender {
  readonly #client: Client;
  readonly #onHeld: (held: HeldBack) => Promise<void>;
  readonly #bell = new Bell();
  readonly #told = new Map<Peer, string>();
  /** Something may wait that was not tried yet. */
  #isDue = false;
  /** From the first call of `send` until everything was tried. */
  #isBusy = false;
  #idlers: (() => void)[] = [];

  /** `onHeld` is called once for each new reason. */
  constructor(client: Client, onHeld: (held: HeldBack) => Promise<void>) {
    this.#client = client;
    this.#onHeld = onHeld;
  }

  /** Sends what waits, now or as soon as there is a connection. */
  send(): void {
    this.#isDue = true;
    this.#isBusy = true;
    this.#bell.ring();
  }

  /** Resolves when all that can be sent is sent, and at once while there is no connection. */
  async idle(signal: AbortSignal): Promise<void> {
    if (!this.#isBusy || !this.#client.isOnline || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#idlers.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Sends until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    let retryMs: number | undefined;
    for (;;) {
      await this.#bell.wait(this.#client.clock, { timeoutMs: retryMs, signal });
      this.#isDue = false;
      retryMs = await this.#flush();
      if (this.#isDue) continue;
      this.#isBusy = false;
      for (const resolve of this.#idlers.splice(0)) resolve();
    }
  }

  /** Returns when to try again. */
  async #flush(): Promise<number | undefined> {
    if (!this.#client.isOnline) return undefined;
    let retryMs: number | undefined;
    const told = new Map(this.#told);
    this.#told.clear();
    try {
      for (const { peer, error } of await this.#client.flush()) {
        if (error === undefined) continue;
        this.#told.set(peer, error.code);
        if (told.get(peer) !== error.code) await this.#onHeld({ peer, error });
        if (error instanceof Refusal) retryMs = Math.min(retryMs ?? Infinity, retryAfter(error));
      }
    } catch (error) {
      // The link ended: whoever keeps it up says so, and calls again when it is back.
      if (!(error instanceof TransportError)) throw error;
    }
    return retryMs;
  }
}

function retryAfter({ details }: Refusal): number {
  const { retryAfterSeconds } = details;
  return typeof retryAfterSeconds === "number" ? retryAfterSeconds * 1000 : RETRY_MS;
}
