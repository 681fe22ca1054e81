/** How this person wants files to travel, and what they typed about it. */

import type { TransferId } from "../../base/ids.ts";
import type { TypedAddress } from "./direct_addresses.ts";
import type { Database } from "../../storage/database.ts";

/** `prefer`: directly where both persons allow it, else over the server. */
export const P2P_MODES = ["only", "prefer", "never"] as const;
/** A word of the list above. */
export type P2pMode = typeof P2P_MODES[number];

/** Of a program, from its configuration. */
export interface DirectSettings {
  readonly mode: P2pMode;
  /** What the person typed: told instead of this machine's own addresses (SR-77). */
  readonly addresses: readonly TypedAddress[];
  /** The UDP port to use, as a router hands it on; left out, any that is free. */
  readonly port?: number;
}

/** Where nobody said anything. */
export const DEFAULT_DIRECT: DirectSettings = { mode: "prefer", addresses: [] };

/** Undefined for a word that is none. */
export function parseP2pMode(text: string): P2pMode | undefined {
  return P2P_MODES.find((mode) => mode === text);
}

/** What the person said of single transfers. */
export class DirectModes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  of(transfer: TransferId): P2pMode | undefined {
    const mode = this.#database.text("SELECT mode FROM direct_mode WHERE transfer = ?", transfer);
    return mode === undefined ? undefined : parseP2pMode(mode);
  }

  set(transfer: TransferId, mode: P2pMode): void {
    this.#database.command("INSERT OR REPLACE INTO direct_mode VALUES (?, ?)").run(transfer, mode);
  }
}
