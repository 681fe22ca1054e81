/** A server's store once it is open, whatever it lies on. */

import type { Clock } from "../../base/clock.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { CommitTimes } from "./commit_times.ts";
import type { DatabaseHealth } from "./database_file.ts";
import type { Store } from "./store.ts";

/** By which keys a database knows the nodes of its server. */
export interface StoreOwner {
  readonly serverId: Fingerprint;
  /** `markOfSecret` of `opaque.setup`. */
  readonly setupMark: string;
}

/** What a database that others reach knows a node by, while it runs. */
export interface NodeOnStore {
  /** Of this run of it, as on the bus. */
  readonly instance: string;
  /** The how manyth CA of the server it has. */
  readonly authority: number;
  /** By what it knows of other nodes: `alone` is one that knows of none. */
  readonly bus: "alone" | "none" | "nats";
  /** The instances that it hears now. */
  readonly hears: () => readonly string[];
}

/** Each lives as long as the server. */
export interface OpenedStore {
  /** Where keys and uploads are, and whoever has its lock is the server. */
  readonly dataFolder: string;
  readonly store: Store;
  readonly database: DatabaseHealth;
  readonly commitTimes: CommitTimes;
  /** The same time for all who share the store. */
  readonly clock: Clock;
  /** That it is the database of the server with these keys, from now on. Rejects with StorageError `another-server` when it is another one's. */
  claim(owner: StoreOwner): Promise<void>;
}
