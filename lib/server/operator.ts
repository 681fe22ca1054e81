/** What the operator may ask of a running server. No network leads here. */

import { parseAccountName } from "../base/account_name.ts";
import type { Parts } from "./parts.ts";
import type { SessionHost } from "./session_host.ts";

/** How many are there. */
export interface ConnectionCounts {
  /** Everybody, strangers too. */
  readonly connected: number;
  /** By a device of an account. */
  readonly signedIn: number;
}

/** What `unlock` did. */
export type Unlocked = "unlocked" | "was-not-locked" | "unknown-account";

/** Lives as long as its server. */
export class Operator {
  readonly #parts: Parts;
  readonly #host: SessionHost;

  constructor(parts: Parts, host: SessionHost) {
    this.#parts = parts;
    this.#host = host;
  }

  get connections(): ConnectionCounts {
    const sessions = [...this.#host.sessions];
    const signedIn = sessions.filter(({ state }) => state.name === "ready").length;
    return { connected: sessions.length, signedIn };
  }

  /**
   * Lets passwords of an account be tried again at once, from everywhere, and writes that down (SR-57). Its failures are still
   * told to its owner.
   */
  async unlock(name: string): Promise<Unlocked> {
    const parsed = parseAccountName(name);
    const account = parsed.ok ? await this.#parts.store.findAccount(parsed.id) : undefined;
    if (account === undefined) return "unknown-account";
    const { wasLocked } = await this.#parts.moderation.unlock("operator", account.account);
    return wasLocked ? "unlocked" : "was-not-locked";
  }
}
