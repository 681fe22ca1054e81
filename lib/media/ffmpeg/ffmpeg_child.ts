/** A running ffmpeg: started, read, and killed when its time is over. What it may do is decided in `ffmpeg`. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { STDERR_KEPT_BYTES, STDERR_LINE_BYTES } from "../picture/media_limits.ts";
import type { CommandLine } from "./sandbox.ts";

const log = logger("media", "ffmpeg");

/** Starts it without input, and with no environment but this. Throws MediaError `ffmpeg-failed`. */
export function spawn(
  command: CommandLine,
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  try {
    return new Deno.Command(command.program, {
      args: [...command.args],
      cwd,
      clearEnv: true,
      env: { ...environment },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new MediaError("ffmpeg-failed", `Cannot start ffmpeg: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/**
 * Pieces of what the child writes, until it ends or is killed: what a program in between has started, as a script named `ffmpeg`
 * does, would hold the pipe open after it.
 */
async function* piecesOf(stream: ReadableStream<Bytes>, killed: AbortSignal) {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  killed.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    killed.removeEventListener("abort", cancel);
    // A consumer that failed reads no more of it.
    await reader.cancel().catch(() => {});
  }
}

/** How long a child may work. */
export interface WorkLimits {
  /** In all. */
  readonly timeLimitMs: number;
  /** Without anything to show for it: output, or a line that somebody takes. Left out, nobody asks. */
  readonly stallLimitMs?: number | undefined;
}

/** Kills the child once: on abort, on a fault of the consumer, or when its working time is over. */
export class Watch {
  readonly #child: Deno.ChildProcess;
  readonly #clock: Clock;
  readonly #stallLimitMs: number;
  stopped: { readonly reason: unknown } | undefined;
  #leftMs: number;
  #startedMs = 0;
  /** It had something to show, or began to work again. */
  #movedMs = 0;
  #cancel: (() => void) | undefined;
  readonly #killing = new AbortController();
  #ended = false;
  #exited = false;

  constructor(
    child: Deno.ChildProcess,
    clock: Clock,
    { timeLimitMs, stallLimitMs = Infinity }: WorkLimits,
  ) {
    this.#child = child;
    this.#clock = clock;
    this.#leftMs = timeLimitMs;
    this.#stallLimitMs = stallLimitMs;
    child.status.then(() => this.#exited = true);
    this.resume();
  }

  /** Aborts when the child is killed. */
  get killed(): AbortSignal {
    return this.#killing.signal;
  }

  /** The child works from here on. */
  resume(): void {
    if (this.#ended) return;
    this.#startedMs = this.#movedMs = this.#clock.monotonicMs();
    this.#arm();
  }

  /** The child has something to show for its work. */
  moved(): void {
    this.#movedMs = this.#clock.monotonicMs();
  }

  /** Looks again when the first of both limits can be over: to begin anew at each line would cost more than the look. */
  #arm(): void {
    const nowMs = this.#clock.monotonicMs();
    const leftMs = this.#leftMs - (nowMs - this.#startedMs);
    const stallMs = this.#stallLimitMs - (nowMs - this.#movedMs);
    this.#cancel = this.#clock.after(Math.max(0, Math.min(leftMs, stallMs)), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#startedMs >= this.#leftMs) {
      this.kill(new MediaError("ffmpeg-timeout", "Cannot read video: ffmpeg took too long"));
    } else if (nowMs - this.#movedMs >= this.#stallLimitMs) {
      this.kill(new MediaError("ffmpeg-stalled", "Cannot read video: ffmpeg makes no progress"));
    } else this.#arm();
  }

  /** The child waits for us from here on. */
  pause(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#leftMs -= this.#clock.monotonicMs() - this.#startedMs;
  }

  kill(reason: unknown): void {
    if (this.#ended || this.stopped !== undefined) return;
    this.stopped = { reason };
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It ended by itself a moment ago.
      log.debug("kill was late", { reason: describeError(error) });
    }
    this.#killing.abort();
  }

  /** Nothing more to watch. A child that still runs is killed. */
  end(): void {
    this.#cancel?.();
    if (!this.#exited && this.stopped === undefined) this.kill(undefined);
    this.#ended = true;
  }
}

/** Hands on what the child writes. While the consumer is at work, the child waits and its time stands still. */
export async function readOutput(
  stdout: ReadableStream<Bytes>,
  watch: Watch,
  onOutput: ((piece: Bytes) => Promise<void>) | undefined,
): Promise<void> {
  for await (const piece of piecesOf(stdout, watch.killed)) {
    if (watch.stopped !== undefined) continue;
    watch.pause();
    try {
      await onOutput?.(piece);
    } catch (error) {
      watch.kill(error);
    }
    watch.resume();
  }
}

/** Keeps the lines that the child says and `onLine` does not take. */
export async function readWords(
  stderr: ReadableStream<Bytes>,
  watch: Watch,
  words: KeptWords,
  onLine: ((line: string) => boolean) | undefined,
): Promise<void> {
  const splitter = new LineSplitter((line) => {
    if (onLine?.(line) === true) watch.moved();
    else words.add(line);
  });
  for await (const piece of piecesOf(stderr, watch.killed)) splitter.push(piece);
  splitter.end();
}

/** The last lines, at most `STDERR_KEPT_BYTES` of them. */
export class KeptWords {
  lines: string[] = [];
  #length = 0;

  add(line: string): void {
    this.lines.push(line);
    this.#length += line.length;
    while (this.#length > STDERR_KEPT_BYTES) this.#length -= this.lines.shift()?.length ?? 0;
  }
}

// Cuts a child's words into lines, bounded: a hostile file can make ffmpeg print a line of any length.

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Lines end with LF or CR. What passes the limit of a line is dropped; bytes that are not UTF-8 become U+FFFD. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #line: Uint8Array;
  readonly #decoder = new TextDecoder();
  #length = 0;

  constructor(onLine: (line: string) => void, limitBytes = STDERR_LINE_BYTES) {
    this.#onLine = onLine;
    this.#line = new Uint8Array(limitBytes);
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.end();
      else if (this.#length < this.#line.length) this.#line[this.#length++] = byte;
    }
  }

  /** Gives out what stands without a line end. Empty lines are left out. */
  end(): void {
    if (this.#length === 0) return;
    const line = this.#decoder.decode(this.#line.subarray(0, this.#length));
    this.#length = 0;
    this.#onLine(line);
  }
}
