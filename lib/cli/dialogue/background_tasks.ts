/** What goes on beside the conversation, e.g. a stream that is shown: ended and awaited with it. */

import { HeliographError } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import { describeThrown } from "../failure_words.ts";

/** Whoever makes it closes it. */
export class BackgroundTasks {
  readonly #tell: (line: string) => Promise<void>;
  readonly #scope = new Scope();

  /** `tell` gets a line about what went wrong. */
  constructor(tell: (line: string) => Promise<void>) {
    this.#tell = tell;
  }

  /** Begins a task. `signal` aborts when the dialogue ends. */
  run(task: (signal: AbortSignal) => Promise<void>): void {
    this.#scope.run("beside", async (signal) => {
      try {
        await task(signal);
      } catch (error) {
        if (signal.aborted && error === signal.reason) throw error;
        if (!(error instanceof HeliographError)) throw error;
        await this.#tell(`* ${describeThrown(error).text}`);
      }
    });
  }

  /** Ends what runs, and waits for it. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
  }
}
