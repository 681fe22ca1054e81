/** How hard a password is to guess: judged by zxcvbn in a Worker, whose dictionaries go with it (decision 0116). */

/** From 0, among the first that anybody tries, to 4, which no attacker with the server's disk finds in a lifetime. */
export type StrengthScore = 0 | 1 | 2 | 3 | 4;

/** What was found. */
export interface PasswordStrength {
  readonly score: StrengthScore;
  /** What makes it weak, as zxcvbn calls that: `topTen`, `userInputs` …; undefined where no one thing does. */
  readonly weakness: string | undefined;
}

/** What the Worker is asked. */
export interface StrengthRequest {
  readonly password: string;
  /** What everybody can guess of this person: their name, the server's. */
  readonly about: readonly string[];
}

/** Starts the Worker; another one in tests. */
function startWorker(): Worker {
  return new Worker(new URL("./strength_worker.ts", import.meta.url), { type: "module" });
}

/**
 * Judges passwords while they are typed: one at a time, the newest next. Whoever opens it closes it, and with it go the 60 MB of its
 * dictionaries.
 */
export class StrengthMeter implements Disposable {
  readonly #worker: Worker;
  readonly #about: readonly string[];
  #running: PromiseWithResolvers<PasswordStrength | undefined> | undefined;
  #next: { readonly password: string; readonly answer: Running } | undefined;
  #isClosed = false;

  constructor(about: readonly string[], start: () => Worker = startWorker) {
    this.#about = about;
    this.#worker = start();
    this.#worker.onmessage = ({ data }: MessageEvent<PasswordStrength>) => this.#answered(data);
    this.#worker.onerror = (event) => {
      // Otherwise the whole program ends with it.
      event.preventDefault();
      this[Symbol.dispose]();
    };
  }

  /** Undefined when a newer one was asked about before its turn came, once this is closed, and where the Worker failed. */
  rate(password: string): Promise<PasswordStrength | undefined> {
    const answer = Promise.withResolvers<PasswordStrength | undefined>();
    if (this.#isClosed) answer.resolve(undefined);
    else if (this.#running === undefined) this.#ask(password, answer);
    else {
      this.#next?.answer.resolve(undefined);
      this.#next = { password, answer };
    }
    return answer.promise;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#worker.terminate();
    this.#running?.resolve(undefined);
    this.#next?.answer.resolve(undefined);
  }

  #ask(password: string, answer: Running): void {
    this.#running = answer;
    const request: StrengthRequest = { password, about: this.#about };
    this.#worker.postMessage(request);
  }

  #answered(strength: PasswordStrength): void {
    this.#running?.resolve(strength);
    this.#running = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#ask(next.password, next.answer);
  }
}

type Running = PromiseWithResolvers<PasswordStrength | undefined>;
