/** What carries sealed words between the nodes of a server. It may lose, delay, double and reorder all of them. */

/** One node's end of it. Its owner closes it. */
export interface BusLine extends AsyncDisposable {
  /** What it takes at once. */
  readonly maxBytes: number;
  /** Whether it is connected, as far as it knows. */
  readonly isUp: boolean;
  /** Never waits and never throws: what cannot be sent is lost. MUST NOT bring it to this node itself. */
  publish(subject: string, bytes: Uint8Array): void;
  /** `heard` MUST NOT throw; it may keep the bytes. */
  subscribe(subject: string, heard: (bytes: Uint8Array) => void): void;
  /** Runs each time it is connected again. One hearer. */
  onReturn(run: () => void): void;
}

/** Of nodes that have nothing but their store in common: all that is said is lost, and each reads the store. */
export class SilentLine implements BusLine {
  readonly maxBytes = Infinity;
  readonly isUp = false;

  publish(): void {}

  subscribe(): void {}

  onReturn(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
