/**
 * Leases: of all processes that use a profile, one at a time processes the mailbox, or joins conversations (SR-22). A lease
 * is a row with a deadline, so that it ends by itself when its holder was killed.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, StorageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type Random, randomHex } from "../../base/random.ts";
import type { Database } from "../../storage/database.ts";
import type { Profile } from "./profile.ts";

const log = logger("client", "lease");

/** What only one process of a profile does at a time. */
type Duty = "receiver" | "join" | "restore" | "transfers";

/** Longer than any pause of a living process; how long after a kill the next one waits at most. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

/** A lease that is held, renewed until it is disposed of. */
export class Lease implements Disposable {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #duty: Duty;
  readonly #holder: string;
  #cancelRenewal: (() => void) | undefined;
  #held = true;
  readonly #lost = Promise.withResolvers<void>();

  private constructor(
    database: Database,
    clock: Clock,
    { duty, holder }: { duty: Duty; holder: string },
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#duty = duty;
    this.#holder = holder;
    this.#renewLater();
  }

  /** Takes the lease, or returns undefined when another process holds it. */
  static take(
    database: Database,
    duty: Duty,
    options: { clock: Clock; random: Random },
  ): Lease | undefined {
    const claimed = { duty, holder: randomHex(options.random, 16) };
    return claim(database, claimed, options.clock.nowMs())
      ? new Lease(database, options.clock, claimed)
      : undefined;
  }

  /**
   * Whether it is still ours. False after a pause so long (a laptop's sleep) that another process took it; then nothing more
   * may be processed. MUST be asked inside each transaction that moves a mailbox forward.
   */
  get isHeld(): boolean {
    if (!this.#held) return false;
    const holder = this.#database.text("SELECT holder FROM lease WHERE name = ?", this.#duty);
    return this.#held = holder === this.#holder;
  }

  /** Resolves when it is found to be another's; never, when it is given back. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Gives it back at once. Releasing twice is fine. */
  release(): void {
    this.#cancelRenewal?.();
    if (!this.#held) return;
    this.#held = false;
    this.#database.command("DELETE FROM lease WHERE name = ? AND holder = ?")
      .run(this.#duty, this.#holder);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#clock.after(RENEW_MS, () => {
      this.#renew();
      if (this.#held) this.#renewLater();
      else this.#lost.resolve();
    });
  }

  /** Nobody waits for a timer: what it threw would end the program. */
  #renew(): void {
    const claimed = { duty: this.#duty, holder: this.#holder };
    try {
      this.#held = claim(this.#database, claimed, this.#clock.nowMs());
    } catch (error) {
      // Another process writes for long, or the disk is full: the row still says who holds it, and `isHeld` asks it.
      if (!(error instanceof StorageError)) throw error;
      log.warn("lease not renewed", { reason: describeError(error) });
    }
  }
}

/** One conditional write: takes a free or expired lease, or renews one's own. */
function claim(
  database: Database,
  { duty, holder }: { duty: Duty; holder: string },
  nowMs: number,
): boolean {
  // Every three seconds, and no news for anybody.
  const command = database.command(
    `
    INSERT INTO lease (name, holder, until_ms) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET holder = ?2, until_ms = ?3
    WHERE lease.holder = ?2 OR lease.until_ms < ?4 OR lease.until_ms > ?3 + 60000
  `,
    { isTold: false },
  );
  return command.run(duty, holder, nowMs + LEASE_MS, nowMs) > 0;
}

/** How often to look whether the other process is done; one that was killed holds others up for 10 s. */
const RETRY_MS = 100;

/** Waits for the lease of `duty`, then runs `action` under it. */
export async function exclusively<Result>(
  profile: Pick<Profile, "database" | "clock" | "random">,
  duty: Duty,
  action: (isHeld: () => boolean) => Promise<Result>,
): Promise<Result> {
  for (;;) {
    using lease = Lease.take(profile.database, duty, profile);
    if (lease !== undefined) return await action(() => lease.isHeld);
    await profile.clock.sleep(RETRY_MS);
  }
}
