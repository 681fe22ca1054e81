/** Ends a client as `kill -9` would: at its n-th write to the profile, or at its n-th packet either way. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { Database } from "../../lib/storage/database.ts";
import type { TestClient } from "./test_client.ts";

class Killed extends Error {}

/** What counts. Between two writes nothing changes on disk, so to die before each of them is to die at every point. */
export type Moment = "write" | "packet up" | "packet down";

/**
 * Runs `action`, and lets the client die at the `at`-th moment of its kind: nothing is written, sent or read any more. Returns
 * whether it died; then the client can only be restarted.
 */
export async function until(
  client: TestClient,
  death: {
    moment: Moment;
    at: number;
    alsoConnecting?: boolean;
    /** Told of each sealed message that leaves. */
    onSent?: (body: Bytes) => void;
  },
  action: () => Promise<void>,
): Promise<boolean> {
  const fate = new Fate(client, death.at);
  const connect = () =>
    client.connect({
      middle: {
        up({ header, payload }, pass) {
          if (death.moment === "packet up" && fate.isSealed()) return;
          if (header.kind === "relay.send") death.onSent?.(payload);
          pass(header, payload);
        },
        down({ header, payload }, pass) {
          if (death.moment === "packet down" && fate.isSealed()) return;
          pass(header, payload);
        },
      },
    });
  const countsWrites = death.moment === "write";
  try {
    if (death.alsoConnecting === true) fate.begin(countsWrites);
    await connect();
    if (death.alsoConnecting !== true) fate.begin(countsWrites);
    await action();
  } catch (error) {
    if (!fate.isDead) throw error;
  }
  fate.end();
  return fate.isDead;
}

/** How many moments of a kind an action has, when nothing happens at them. */
export async function countMoments(
  client: TestClient,
  moment: Moment,
  action: () => Promise<void>,
): Promise<number> {
  let count = 0;
  const counting = { moment, at: Infinity };
  const seen = new Fate(client, Infinity);
  await client.connect({
    middle: {
      up({ header, payload }, pass) {
        if (moment === "packet up") count++;
        pass(header, payload);
      },
      down({ header, payload }, pass) {
        if (moment === "packet down") count++;
        pass(header, payload);
      },
    },
  });
  count = 0;
  seen.begin(counting.moment === "write");
  await action();
  seen.end();
  return moment === "write" ? seen.count : count;
}

/** From the `at`-th write to a database on, none is done any more: each fails, until `end`. */
export class WriteDeath {
  readonly #whole: Pick<Database, "transaction" | "command">;
  readonly #database: Database;

  constructor(database: Database, at: number) {
    const { transaction, command } = database;
    this.#database = database;
    this.#whole = { transaction, command };
    let count = 0;
    strikeWrites(database, () => {
      if (++count >= at) throw new Killed("killed");
    });
  }

  end(): void {
    Object.assign(this.#database, this.#whole);
  }
}

/** Calls `strike` before each write that is not inside of another one. */
function strikeWrites(database: Database, strike: () => void): void {
  const { transaction, command } = database;
  let depth = 0;
  const outermost = () => {
    if (depth === 0) strike();
  };
  database.transaction = (action) => {
    outermost();
    depth++;
    try {
      return transaction.call(database, action) as ReturnType<typeof action>;
    } finally {
      depth--;
    }
  };
  database.command = (sql) => {
    const made = command.call(database, sql);
    return {
      run: (...values) => {
        outermost();
        return made.run(...values);
      },
    };
  };
}

class Fate {
  count = 0;
  isDead = false;
  readonly #client: TestClient;
  readonly #at: number;
  #begun = false;
  #restore = () => {};

  constructor(client: TestClient, at: number) {
    this.#client = client;
    this.#at = at;
  }

  begin(countsWrites: boolean): void {
    this.#begun = true;
    const { database } = this.#client.keeper;
    const { transaction, command } = database;
    strikeWrites(database, () => {
      if (this.isDead || countsWrites && this.isSealed()) throw new Killed("killed");
    });
    this.#restore = () => Object.assign(database, { transaction, command });
  }

  /** Whether it is over, now or before. */
  isSealed(): boolean {
    if (this.isDead) return true;
    if (!this.#begun || ++this.count < this.#at) return false;
    this.isDead = true;
    this.#client.link?.cut();
    return true;
  }

  end(): void {
    this.#begun = false;
    if (!this.isDead) this.#restore();
  }
}
