/**
 * One database under two stores, as two nodes of a server would have it, and callers who reach either by a network that delays,
 * reorders and loses answers after their commit.
 */

import { openWorkerStore } from "../../lib/server/store/sqlite/worker_store.ts";
import type { Answer, CallName, Store } from "../../lib/server/store/store.ts";
import { Refusal } from "../../lib/base/errors.ts";

/** One try of a call: it ran somewhere between the two times, whether anybody heard of it or not. */
export interface Try<Name extends CallName = CallName> {
  readonly name: Name;
  readonly options: Parameters<Store[Name]>[0];
  readonly beganAt: number;
  readonly endedAt: number;
  readonly isRefused: boolean;
  /** Undefined when it was refused, too. */
  readonly answer: Answer<Name> | undefined;
}

/** Two stores over one database. Whoever opened it closes it. */
export interface TwoProcesses extends AsyncDisposable {
  readonly stores: readonly [Store, Store];
  /** Every try of every caller that has ended, in no order. */
  tries<Name extends CallName>(name: Name): readonly Try<Name>[];
  /** Waits for what callers have stopped waiting for. */
  settled(): Promise<void>;
  /** Whoever calls through it hears one answer for each call, and may have made it several times. */
  caller(draw: (below: number) => number): Caller;
}

/** Undefined when it is refused. Throws what is no refusal. */
export type Caller = <Name extends CallName>(
  name: Name,
  options: Parameters<Store[Name]>[0],
) => Promise<Answer<Name> | undefined>;

/** Two Workers over the SQLite database at `path`, each with a connection of its own. */
export function openTwoProcesses(path: string): Promise<TwoProcesses> {
  return openTwoStores(() => openWorkerStore(path));
}

/** Each call of `open` gives a store of its own over the one database. */
export async function openTwoStores(open: () => Promise<Store>): Promise<TwoProcesses> {
  await using opening = new AsyncDisposableStack();
  const stores = [opening.use(await open()), opening.use(await open())] as const;
  const opened = opening.move();
  const tries: Try[] = [];
  const underWay = new Set<Promise<unknown>>();
  let time = 0;

  async function attempt<Name extends CallName>(
    store: Store,
    name: Name,
    options: Parameters<Store[Name]>[0],
  ): Promise<Answer<Name> | undefined> {
    const beganAt = ++time;
    // The cast: each call takes what `Parameters` says of it; of a union of them the compiler sees no common one.
    const call = store[name] as unknown as (options: unknown) => Promise<Answer<Name>>;
    let isRefused = false;
    const answer = await call(options).catch((error) => {
      if (!(error instanceof Refusal)) throw error;
      isRefused = true;
      return undefined;
    });
    tries.push({ name, options, beganAt, endedAt: ++time, isRefused, answer });
    return answer;
  }

  const caller = (draw: (below: number) => number): Caller =>
    async function ask<Name extends CallName>(
      name: Name,
      options: Parameters<Store[Name]>[0],
    ): Promise<Answer<Name> | undefined> {
      for (;;) {
        for (let turns = draw(8); turns > 0; turns--) await Promise.resolve();
        const trying = attempt(stores[draw(2)], name, options);
        underWay.add(trying);
        trying.then(() => underWay.delete(trying), () => {});
        // The answer is lost; half the time the call is made again before it is even carried out.
        if (draw(4) > 0) return await trying;
        if (draw(2) === 0) await trying;
      }
    };

  return {
    stores,
    // The cast: `attempt` has put together what belongs together.
    tries: <Name extends CallName>(name: Name) =>
      tries.filter((one) => one.name === name) as unknown as readonly Try<Name>[],
    settled: async () => {
      await Promise.all(underWay);
    },
    caller,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
