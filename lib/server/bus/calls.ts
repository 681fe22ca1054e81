/** Calls from one node to all others: sent again until each has answered, done once at each. */

import type { Clock } from "../../base/clock.ts";

/** A lost word costs so long. */
const RESEND_MS = 100;
/** Answers of the last calls of each node, for those that are sent again: many times as many as are on the way at once. */
const MAX_ANSWERED = 2_000;

interface Waiting {
  readonly missing: Set<string>;
  readonly answers: unknown[];
  readonly done: () => void;
}

/** The calls of this node. */
export class Calls {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the answers of `instances`: of all, or by the deadline of those that answered. */
  async call(
    instances: readonly string[],
    send: (number: number) => void,
    deadlineMs: number,
  ): Promise<readonly unknown[]> {
    if (instances.length === 0) return [];
    const number = ++this.#number;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = { missing: new Set(instances), answers: [], done: resolve };
    this.#waiting.set(number, waiting);
    const cancelDeadline = this.#clock.after(deadlineMs, resolve);
    let cancelResend = () => {};
    const sendAgain = () => {
      send(number);
      cancelResend = this.#clock.after(RESEND_MS, sendAgain);
    };
    sendAgain();
    await promise;
    cancelResend();
    cancelDeadline();
    this.#waiting.delete(number);
    return waiting.answers;
  }

  /** An answer came; the same again is left out. */
  answer(instance: string, number: number, answer: unknown): void {
    const waiting = this.#waiting.get(number);
    if (waiting?.missing.delete(instance) !== true) return;
    waiting.answers.push(answer);
    if (waiting.missing.size === 0) waiting.done();
  }

  /** It will not answer any more. */
  gone(instance: string): void {
    for (const { missing, done } of this.#waiting.values()) {
      if (missing.delete(instance) && missing.size === 0) done();
    }
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const { done } of this.#waiting.values()) done();
  }
}

/** The calls of one node that were answered. */
interface AnsweredCalls {
  readonly answers: Map<number, Promise<unknown>>;
  /** The highest whose answer was forgotten: nobody knows any more which of those up to it were done. */
  forgotten: number;
}

/** What this node has answered. */
export class Answered {
  readonly #byInstance = new Map<string, AnsweredCalls>();

  /** The answer to a call: what `act` returns, the first time. Undefined for one of long ago. */
  async of(instance: string, number: number, act: () => Promise<unknown>): Promise<unknown> {
    let known = this.#byInstance.get(instance);
    if (known === undefined) {
      this.#byInstance.set(instance, known = { answers: new Map(), forgotten: 0 });
    }
    const { answers } = known;
    const before = answers.get(number);
    if (before !== undefined || number <= known.forgotten) return await before;
    const answer = act();
    answers.set(number, answer);
    const [first] = answers.size > MAX_ANSWERED ? answers.keys() : [];
    if (first !== undefined) {
      answers.delete(first);
      known.forgotten = Math.max(known.forgotten, first);
    }
    return await answer;
  }

  gone(instance: string): void {
    this.#byInstance.delete(instance);
  }
}
