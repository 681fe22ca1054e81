/** What the person asked for, done one after the other; what was wrong with it is told, and the next goes on. */

import { Channel } from "../../base/channel.ts";
import { HeliographError, TerminalError } from "../../base/errors.ts";
import { describeThrown } from "../failure_words.ts";

/** A queue of things to do. */
export class CommandQueue {
  readonly #queue = new Channel<() => Promise<void>>();
  readonly #tell: (line: string) => Promise<void>;

  /** `tell` gets a line about what could not be done. */
  constructor(tell: (line: string) => Promise<void>) {
    this.#tell = tell;
  }

  /** Resolves when it was done, or told why not. */
  add(queuedCommand: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push(async () => {
      try {
        await queuedCommand();
      } finally {
        resolve();
      }
    });
    return promise;
  }

  /** Does what is added until `signal` aborts. Rejects with its reason, and with what ends more than the queued command. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const queuedCommand = await this.#queue.next({ signal });
      if (queuedCommand === undefined) return;
      try {
        await queuedCommand();
      } catch (error) {
        if (signal.aborted || error instanceof TerminalError) throw error;
        if (!(error instanceof HeliographError)) throw error;
        await this.#tell(`* ${describeThrown(error).text}`);
      }
    }
  }
}
