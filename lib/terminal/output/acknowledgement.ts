/** Matching a terminal's answers to the pictures that asked for them. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import {
  isDeviceAttributes,
  isStatusReport,
  type Reply,
  type ReplySource,
} from "../input/reply.ts";

/**
 * Two questions in turn. A terminal answers in order, so when the second is answered and the first was not, the first answer
 * is lost; and an answer that comes after its time limit is not mistaken for the answer to the next question.
 */
const QUESTIONS: readonly {
  readonly bytes: Bytes;
  readonly isAnswer: (reply: Reply) => boolean;
}[] = [
  { bytes: utf8("\x1b[5n"), isAnswer: isStatusReport },
  { bytes: utf8("\x1b[c"), isAnswer: isDeviceAttributes },
];

/** xterm draws its largest sixel picture in well under this; a terminal that is slower is as good as silent. */
const TIMEOUT_MS = 2_000;

/** Unanswered questions that are remembered for late answers. A silent terminal must not fill the memory. */
const MAX_WAITING = 16;

/** One question on its way. */
export interface Acknowledgement {
  /** To be written straight after the picture. */
  readonly questionBytes: Bytes;
  /**
   * The clock's monotonic reading when the answer came, or undefined when it did not come in time. The limit runs from this
   * call. Rejects with the signal's reason when aborted.
   */
  wait(signal?: AbortSignal): Promise<number | undefined>;
}

/** Questions in the order in which they are written, each answered at most once. */
export class AcknowledgementQueue {
  readonly #clock: Clock;
  readonly #waiting: {
    readonly isAnswer: (reply: Reply) => boolean;
    readonly settle: (answeredAtMs: number | undefined) => void;
  }[] = [];
  readonly #stop: () => void;
  #asked = 0;

  constructor(replies: ReplySource, clock: Clock) {
    this.#clock = clock;
    this.#stop = replies.onReply((reply) => this.#take(reply));
  }

  /** Questions whose answers have not come. */
  get unanswered(): number {
    return this.#waiting.length;
  }

  /** Must be called in the order in which the questions are written. */
  ask(): Acknowledgement {
    const question = QUESTIONS[this.#asked++ % QUESTIONS.length];
    const answered = Promise.withResolvers<number | undefined>();
    this.#waiting.push({ isAnswer: question.isAnswer, settle: answered.resolve });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()?.settle(undefined);
    return {
      questionBytes: question.bytes,
      wait: (signal) => this.#wait(answered.promise, signal),
    };
  }

  /** Gives up on every question. */
  close(): void {
    this.#stop();
    for (const question of this.#waiting.splice(0)) question.settle(undefined);
  }

  #take(reply: Reply): void {
    const at = this.#waiting.findIndex((question) => question.isAnswer(reply));
    if (at < 0) return;
    const answeredAtMs = this.#clock.monotonicMs();
    const settled = this.#waiting.splice(0, at + 1);
    for (const [i, question] of settled.entries()) {
      question.settle(i === at ? answeredAtMs : undefined);
    }
  }

  async #wait(
    answered: Promise<number | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    signal?.throwIfAborted();
    const given = Promise.withResolvers<number | undefined>();
    const cancelTimeout = this.#clock.after(TIMEOUT_MS, () => given.resolve(undefined));
    const onAbort = () => given.reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([answered, given.promise]);
    } finally {
      cancelTimeout();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
