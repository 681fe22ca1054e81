/** A PostgreSQL with a standby that each commit waits for, and what goes wrong with the two. */

import { systemClock } from "../../../lib/base/clock.ts";
import { query } from "../../../lib/server/store/postgres/database.ts";
import { SmallDisk } from "../full_disk.ts";
import { HANG_MS } from "../hang.ts";
import { PostgresServer } from "../postgres.ts";

const STANDBY = "standby";
const SETTINGS = {
  // A commit is answered when the standby has it too: what was acknowledged survives the one machine.
  synchronous_standby_names: STANDBY,
  // By which a standby is known to the one before it.
  cluster_name: STANDBY,
  wal_retrieve_retry_interval: "200ms",
  // No more on the disk than there must be.
  min_wal_size: "32MB",
  max_wal_size: "64MB",
};
/** What a disk has left beside what is on it already. */
const SPARE_MIB = 64;
const MIB = 1024 * 1024;

const IN_STEP = query(
  "SELECT 1 AS found FROM pg_stat_replication WHERE sync_state = 'sync' AND replay_lsn = pg_current_wal_flush_lsn()",
  (row) => row.integer("found"),
);

/** Closing it ends both. */
export class DatabasePair implements AsyncDisposable {
  #primary: PostgresServer;
  #standby: PostgresServer;
  #disk: SmallDisk | undefined;

  private constructor(primary: PostgresServer, standby: PostgresServer) {
    this.#primary = primary;
    this.#standby = standby;
  }

  static async start(): Promise<DatabasePair> {
    await using opening = new AsyncDisposableStack();
    const primary = opening.use(await PostgresServer.start({ settings: SETTINGS }));
    // Nobody waits for the standby before there is one: that is why the tables come after it.
    const standby = await primary.replicate();
    opening.move();
    return new DatabasePair(primary, standby);
  }

  /** The one that takes writes. */
  get primary(): PostgresServer {
    return this.#primary;
  }

  get socket(): { readonly path: string } {
    return this.#primary.address.socket;
  }

  /** The primary is gone for ever, and the standby takes its place; `redirect` leads the nodes there. */
  async failOver(redirect: () => void): Promise<void> {
    // A standby that is behind after a restart of the primary is no heir: commits wait for it, readers do not.
    await this.inStep();
    await this.#primary.kill();
    await this.#dispose(this.#primary);
    this.#primary = this.#standby;
    await this.#primary.promote();
    redirect();
    this.#standby = await this.#primary.replicate();
  }

  /** The primary on a disk that fills up and has room again `meanwhile` later. */
  async fillDisk(meanwhile: () => Promise<void>): Promise<void> {
    if (this.#disk === undefined) {
      await this.#primary.stop();
      const sizeMib = await sizeOf(this.#primary.data) / MIB + SPARE_MIB;
      this.#disk = await SmallDisk.under(this.#primary.data, Math.ceil(sizeMib));
      await this.#primary.resume();
    }
    await this.#disk.fill();
    await meanwhile();
    await this.#disk.makeRoom();
    // Without room for its log it ends.
    if (!this.#primary.isRunning) await this.#primary.resume();
  }

  /** Resolves when the standby has all that the primary has. */
  async inStep(): Promise<void> {
    const hang = systemClock.deadline(HANG_MS);
    await using database = await this.#primary.connect(this.#primary.address);
    for (;;) {
      hang.throwIfAborted();
      if (await database.first(IN_STEP).catch(() => undefined) !== undefined) return;
      await systemClock.sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose(this.#primary);
    await this.#standby[Symbol.asyncDispose]();
  }

  async #dispose(primary: PostgresServer): Promise<void> {
    await primary.kill();
    await this.#disk?.[Symbol.asyncDispose]();
    this.#disk = undefined;
    await primary[Symbol.asyncDispose]();
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await sizeOf(path) : (await Deno.lstat(path)).size;
  }
  return bytes;
}
