/** One press of ctrl-C that arrives as several signals. */

import type { Clock } from "./clock.ts";

/**
 * The same signal again so soon is the same one: a terminal tells its whole group, and whoever runs a program as a child
 * (`deno task`, `run_again`) passes it on once more (measured: within 20 ms). Nobody presses twice so quickly.
 */
const ECHO_MS = 250;

/** Remembers the last signal of a program. */
export class SignalEcho {
  readonly #clock: Clock;
  #last: { readonly name: string; readonly atMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a signal that comes now is the last one once more. */
  repeats(name: string): boolean {
    const last = this.#last;
    const atMs = this.#clock.monotonicMs();
    this.#last = { name, atMs };
    return last?.name === name && atMs - last.atMs < ECHO_MS;
  }
}
