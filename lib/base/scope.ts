/** Structured concurrency: no promise is ever loose. */

import { describeError } from "./errors.ts";
import { logger } from "./log.ts";

const log = logger("base", "scope");

/**
 * Owns tasks. When one fails, the others are aborted; `close` aborts all and waits for them. A task ends quietly when it
 * rejects with the reason of the scope's own signal: being stopped is not an error.
 */
export class Scope implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #tasks = new Map<Promise<void>, string>();
  #failure: { readonly error: unknown } | undefined;
  readonly #failed = Promise.withResolvers<never>();

  constructor(parent?: AbortSignal) {
    // Who does not look learns it from `wait`.
    this.#failed.promise.catch(() => {});
    if (parent?.aborted) this.#controller.abort(parent.reason);
    parent?.addEventListener("abort", () => this.#controller.abort(parent.reason), {
      once: true,
      signal: this.#controller.signal,
    });
  }

  /** Aborts when the scope closes or a task fails. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects with the first failure, at once: the other tasks may take their time to end. Never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The tasks that run, in the order in which they were started. */
  get names(): readonly string[] {
    return [...this.#tasks.values()];
  }

  /** Starts a task. Its failure aborts the scope and is thrown by `wait`. */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const running = (async () => {
      try {
        await task(this.signal);
      } catch (error) {
        if (this.signal.aborted && error === this.signal.reason) return;
        this.#failure ??= { error };
        this.#failed.reject(error);
        log.debug("task failed", { task: name, reason: describeError(error) });
        this.#controller.abort(error);
      }
    })();
    this.#tasks.set(running, name);
    running.finally(() => this.#tasks.delete(running));
  }

  /** Waits until every task has ended. Throws the first failure. */
  async wait(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.keys());
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Aborts the tasks and waits for them. Failures were the business of `wait`. Closing twice is fine. */
  async close(reason: unknown = new DOMException("Scope closed", "AbortError")): Promise<void> {
    this.#controller.abort(reason);
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.keys());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What `work` comes to, or the signal's reason at once when it aborts: that ends the wait, not the work. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Aborts with the reason of the first of `signals` that does. Lives as long as the longest-lived of them: join for a task,
 * not for each packet. In place of `AbortSignal.any`: on Deno 2.4.2 garbage collection takes what that returns while somebody
 * listens to it, and it is then never aborted; a person could not leave any more.
 */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const joined = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) {
      joined.abort(signal.reason);
      break;
    }
    // With `signal` the listeners at the others go when one has aborted.
    const options = { once: true, signal: joined.signal };
    signal.addEventListener("abort", () => joined.abort(signal.reason), options);
  }
  return joined.signal;
}
