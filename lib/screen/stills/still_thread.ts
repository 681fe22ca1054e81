/** The screen's side of the Worker of pictures: one request at a time, each with a time limit; an idle Worker goes. */

import type { Clock } from "../../base/clock.ts";
import { MediaError } from "../../base/errors.ts";
import type { StillAnswer, StillRequest } from "./still_message.ts";

/** What a thread works with. */
export interface StillThreadOptions {
  readonly clock: Pick<Clock, "after">;
  /** For one request; the Worker is given up with it. */
  readonly limitMs: number;
  /** Starts the Worker; another one in tests. */
  readonly startWorker?: () => Worker;
}

/** After so long without a request its memory is given back. */
const IDLE_MS = 5_000;

function startWorker(): Worker {
  return new Worker(new URL("./still_worker.ts", import.meta.url), { type: "module" });
}

/** Whoever opens it closes it. */
export class StillThread implements AsyncDisposable {
  readonly #options: StillThreadOptions;
  #worker: Worker | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #pending: PromiseWithResolvers<StillAnswer | undefined> | undefined;
  #stopIdling: () => void = () => {};
  #isClosed = false;

  constructor(options: StillThreadOptions) {
    this.#options = options;
  }

  /** Undefined when the time was over. Rejects with MediaError where the Worker fails, and once this is closed. */
  ask(request: StillRequest, transfer: Transferable[] = []): Promise<StillAnswer | undefined> {
    const asked = this.#turn.then(() => this.#ask(request, transfer));
    // The next one has a Worker of its own.
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  /** What is under way is given up. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopIdling();
    const worker = this.#worker;
    if (worker === undefined) return;
    if (this.#isBusy) this.#pending?.reject(failure("it is closed"));
    else await this.#send(worker, { kind: "close" }, []).catch(() => undefined);
    this.#drop(worker);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask(request: StillRequest, transfer: Transferable[]): Promise<StillAnswer | undefined> {
    if (this.#isClosed) throw failure("it is closed");
    this.#stopIdling();
    const worker = this.#worker ??= (this.#options.startWorker ?? startWorker)();
    this.#isBusy = true;
    try {
      const answer = await this.#send(worker, request, transfer);
      if (answer === undefined) this.#drop(worker);
      else if (answer.kind === "failed") throw failure(answer.reason);
      else this.#endWhenIdle();
      return answer;
    } catch (error) {
      this.#drop(worker);
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  async #send(
    worker: Worker,
    request: StillRequest,
    transfer: Transferable[],
  ): Promise<StillAnswer | undefined> {
    const answered = this.#pending = Promise.withResolvers<StillAnswer | undefined>();
    worker.onmessage = ({ data }: MessageEvent<StillAnswer>) => answered.resolve(data);
    worker.onerror = (event) => {
      // Otherwise the whole program ends with it.
      event.preventDefault();
      answered.reject(failure(event.message));
    };
    const { clock, limitMs } = this.#options;
    const cancel = clock.after(limitMs, () => answered.resolve(undefined));
    try {
      worker.postMessage(request, transfer);
      return await answered.promise;
    } finally {
      cancel();
    }
  }

  #endWhenIdle(): void {
    this.#stopIdling = this.#options.clock.after(IDLE_MS, () => {
      const worker = this.#worker;
      if (worker === undefined || this.#isBusy) return;
      this.#turn = this.#turn.then(() => this.#end(worker));
    });
  }

  async #end(worker: Worker): Promise<void> {
    if (worker !== this.#worker) return;
    await this.#send(worker, { kind: "close" }, []).catch(() => undefined);
    this.#drop(worker);
  }

  #drop(worker: Worker): void {
    worker.terminate();
    if (this.#worker === worker) this.#worker = undefined;
  }
}

function failure(reason: string): MediaError {
  return new MediaError("still-worker", `Cannot draw picture: ${reason}`);
}
