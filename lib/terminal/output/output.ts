/** The one owner of standard output: whole writes, one after the other, and pictures that the terminal acknowledges. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { TerminalError } from "../../base/errors.ts";
import { AcknowledgementQueue } from "./acknowledgement.ts";
import type { ReplySource } from "../input/reply.ts";

/** Where bytes for the terminal go. */
export interface TerminalOutput {
  /**
   * Queues `bytes`; resolves when all of them were handed to the terminal. Writes never mix, and keep their order.
   * The caller must not change `bytes` before that. Rejects with `TerminalError` when the terminal is gone or closed.
   */
  write(bytes: Bytes): Promise<void>;
  /**
   * Like `write`, and then waits until the terminal has worked through the bytes and says so. Resolves with the time from the
   * last byte handed over to the answer in milliseconds, or undefined when no answer came in time.
   * Rejects with the signal's reason when aborted; bytes that are already on their way are still written whole.
   */
  writeAcknowledged(bytes: Bytes, options?: { signal?: AbortSignal }): Promise<number | undefined>;
}

/** A file that takes bytes and may take fewer than it is given, as `Deno.stdout` does. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

const CLOSE_TIMEOUT_MS = 1_000;

interface Job {
  readonly parts: readonly Bytes[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Writes to one sink. Whoever makes it closes it. */
export class QueuedOutput implements TerminalOutput, AsyncDisposable {
  readonly #sink: ByteSink;
  readonly #clock: Clock;
  readonly #acknowledgements: AcknowledgementQueue | undefined;
  readonly #jobs: Job[] = [];
  #pumping: Promise<void> | undefined;
  #closed = false;
  #failure: TerminalError | undefined;
  #queuedBytes = 0;

  /** Without `replies`, nothing is ever asked and `writeAcknowledged` resolves with undefined once written. */
  constructor(sink: ByteSink, options: { clock: Clock; replies?: ReplySource }) {
    this.#sink = sink;
    this.#clock = options.clock;
    if (options.replies !== undefined) {
      this.#acknowledgements = new AcknowledgementQueue(options.replies, options.clock);
    }
  }

  /** Bytes queued and not yet handed over. Whoever draws frames skips one while this is not 0. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Questions to the terminal whose answers have not come. */
  get unanswered(): number {
    return this.#acknowledgements?.unanswered ?? 0;
  }

  /** In parts it is one write all the same: large pictures are not copied for what goes around them. */
  write(bytes: Bytes | readonly Bytes[]): Promise<void> {
    const failure = this.#failure ?? (this.#closed ? closedError() : undefined);
    if (failure !== undefined) return Promise.reject(failure);
    const parts = partsOf(bytes);
    if (parts.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#jobs.push({ parts, resolve, reject });
      this.#queuedBytes += lengthOf(parts);
      this.#pumping ??= this.#pump();
    });
  }

  async writeAcknowledged(
    bytes: Bytes | readonly Bytes[],
    options: { signal?: AbortSignal } = {},
  ): Promise<number | undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#acknowledgements === undefined) {
      await untilAborted(this.write(bytes), signal);
      return undefined;
    }
    const acknowledgement = this.#acknowledgements.ask();
    await untilAborted(
      this.write([...partsOf(bytes), acknowledgement.questionBytes]),
      signal,
    );
    const writtenAtMs = this.#clock.monotonicMs();
    const answeredAtMs = await acknowledgement.wait(signal);
    // The terminal may answer before our own write call returns: then it took no time.
    return answeredAtMs === undefined ? undefined : Math.max(0, answeredAtMs - writtenAtMs);
  }

  /** Takes nothing more, and drops what is queued: the terminal is somebody else's from now on. */
  abandon(): void {
    this.#closed = true;
    this.#failure ??= closedError();
    this.#acknowledgements?.close();
  }

  /**
   * Takes nothing more and waits until what is queued was written, but no longer than a second: a terminal that was stopped
   * (ctrl-S) must not hold up the end. Resolves with whether all was written. The sink stays open: it belongs to the process.
   * Closing twice is fine.
   */
  async close(): Promise<boolean> {
    this.#closed = true;
    const late = Promise.withResolvers<void>();
    const cancelTimeout = this.#clock.after(CLOSE_TIMEOUT_MS, late.resolve);
    await Promise.race([this.#pumping, late.promise]);
    cancelTimeout();
    if (this.#queuedBytes > 0) this.#failure ??= closedError();
    this.#acknowledgements?.close();
    return this.#queuedBytes === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #pump(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const length = lengthOf(job.parts);
      try {
        if (this.#failure !== undefined) throw this.#failure;
        for (const part of job.parts) await this.#writeWhole(part);
        job.resolve();
      } catch (error) {
        this.#failure ??= lostOutput(error);
        job.reject(this.#failure);
      }
      this.#queuedBytes -= length;
    }
    this.#pumping = undefined;
  }

  /** Short writes happen: a terminal takes what fits in the kernel's buffer. What is abandoned meanwhile ends there. */
  async #writeWhole(bytes: Bytes): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      if (this.#failure !== undefined) throw this.#failure;
      const written = await this.#sink.write(bytes.subarray(offset));
      if (written <= 0) {
        throw new TerminalError("output-lost", "Cannot write to the terminal: it took no bytes");
      }
      offset += written;
    }
  }
}

function partsOf(bytes: Bytes | readonly Bytes[]): readonly Bytes[] {
  return [bytes].flat().filter(({ length }) => length > 0);
}

function lengthOf(parts: readonly Bytes[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

/** `output-unread`: whoever read it has gone, as `head` does when it has enough; that is no mistake of anybody. */
function lostOutput(cause: unknown): TerminalError {
  if (cause instanceof Deno.errors.BrokenPipe) {
    return new TerminalError("output-unread", "Nobody reads what is written", { cause });
  }
  const message = "Cannot write to the terminal: it accepts no more bytes";
  return new TerminalError("output-lost", message, { cause });
}

function closedError(): TerminalError {
  return new TerminalError("output-closed", "Cannot write to the terminal: its output is closed");
}

/** Waits for `writing` or the signal. The write itself goes on: half a sequence would be worse than a late one. */
async function untilAborted(
  writing: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal === undefined) return await writing;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([writing, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
