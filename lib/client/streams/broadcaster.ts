/**
 * Sends a stream: pictures come from a source, the newest is sealed and leaves when the line has room, a proof follows about
 * once a second, and size and rate follow what the watchers report. It waits for the first watcher, and ends with the last.
 */

import { Bell } from "../../base/bell.ts";
import { MediaError, TransportError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { anySignal, Scope, untilAborted } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { CapturedFrame } from "../../media/live/capture.ts";
import { MediaQueue } from "../../media/live/media_queue.ts";
import {
  firstPace,
  LIVE_STEPS,
  type LivePace,
  type LiveStep,
  pace,
} from "../../media/live/live_steps.ts";
import { STREAM_FRAME_MAX_BYTES, type StreamStopReason } from "../../protocol/peer/stream.ts";
import type { ProofWriter } from "./proof_writer.ts";
import type { ReportCollector } from "./report_collector.ts";
import { type MediaPublisher, TRANSPORT_GRACE_MS } from "./live_media.ts";

/** How long a stream goes on that nobody watches any more: a connection may come back, and somebody over it. */
const ALONE_MS = TRANSPORT_GRACE_MS + 5_000;
/** How long the end of a stream may take to leave. */
const FAREWELL_MS = 10_000;

/** What a stream is made of. The caller closes the transport. */
export interface BroadcasterOptions {
  readonly clock: Clock;
  readonly transport: MediaPublisher;
  readonly writer: ProofWriter;
  readonly reports: ReportCollector;
  /** Pictures of the source in this size, from `fromMs` on; resolves at the end of a file. */
  readonly capture: (
    leg: {
      readonly step: LiveStep;
      readonly fromMs: number;
      readonly onFrame: (frame: CapturedFrame) => Promise<void>;
    },
    signal: AbortSignal,
  ) => Promise<void>;
  /** What is heard beside them, from when the stream began by the clock as it is now; it never fails. */
  readonly sound?: ((originMs: () => number, signal: AbortSignal) => Promise<void>) | undefined;
  /** A device gives its pictures when it is time; those of a file are held back until then. */
  readonly isDevice: boolean;
  /** Time 0 of the stream by the clock now, where others keep it too; left out, the first picture begins it. */
  readonly originMs?: (() => number) | undefined;
  /** What those to whom it was offered have said. */
  readonly answers: StreamAnswers;
  readonly onWatchers?: (count: number) => void;
  /** From now on pictures are of this size and rate, as the line is better or worse than before. */
  readonly onStep?: ((step: LiveStep, isBetter: boolean) => void) | undefined;
}

/** What is known of those who may watch, besides who is there. */
export interface StreamAnswers {
  /** Asked while nobody has come yet: a word ends the waiting. */
  whyNotWait(): Unwatched | undefined;
  /** When `whyNotWait` may have a word though nobody has said anything, by monotonic time. */
  readonly waitUntilMs: number;
  /** Whether all who watched have said that they do not come back. */
  hasLeft(): boolean;
  /** Calls `listener` whenever one of these may have changed. Returns what ends that. */
  listen(listener: () => void): () => void;
}

/** Why nobody came; `vanished`: somebody said yes, and did not. */
export type Unwatched = "declined" | "unanswered" | "vanished";

/** How it went. */
export interface Broadcasted {
  /** `left`: nobody watches any more. */
  readonly end: "ended" | "stopped" | "left" | Unwatched;
  readonly frames: number;
  readonly durationMs: number;
  /** Pictures that did not leave because the line was slow. */
  readonly dropped: number;
  /** Most that watched at once. */
  readonly watchers: number;
  /** Steps of size and rate that were taken. */
  readonly steps: number;
}

interface Waiting extends CapturedFrame {
  readonly ptsMs: number;
}

const NEXT_STEP = new DOMException("Another size", "AbortError");
const ALONE = new DOMException("Nobody watches", "AbortError");

/** Used once. */
export class Broadcaster {
  readonly #options: BroadcasterOptions;
  #pace: LivePace = firstPace();
  #leg = new AbortController();
  /** The picture that leaves next: a newer one takes its place. */
  readonly #queue = new MediaQueue<Waiting>([1]);
  readonly #wakeup = new Wakeup();
  /** Who watches has changed, or what they said. */
  readonly #watched = new Bell();
  #isOver = false;
  /** Clock reading of time 0 of the stream. */
  #originMs: number | undefined;
  readonly #began = Promise.withResolvers<number>();
  #positionMs = 0;
  #lastPtsMs = 0;
  #frames = 0;
  #tooLarge = 0;
  #steps = 0;
  #most = 0;
  #seenFrames = 0;
  #seenDropped = 0;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
    let last = 0;
    const count = () => {
      const { subscribers } = options.transport;
      this.#most = Math.max(this.#most, subscribers);
      if (subscribers !== last) options.onWatchers?.(subscribers);
      last = subscribers;
    };
    options.transport.onChange(() => {
      count();
      this.#watched.ring();
    });
    // Somebody may have come while the transport was opened.
    count();
  }

  /**
   * Runs until the source ends, nobody watches, or `signal` aborts: then it says so to who watches. Throws MediaError when
   * the source gives nothing, TransportError when the connection ends.
   */
  async run(signal: AbortSignal): Promise<Broadcasted> {
    const stopListening = this.#options.answers.listen(() => this.#watched.ring());
    try {
      return await this.#run(signal);
    } finally {
      stopListening();
    }
  }

  async #run(signal: AbortSignal): Promise<Broadcasted> {
    const refused = await this.#untilWatched(signal);
    if (refused !== undefined) return this.#result(refused);
    const alone = new AbortController();
    const scope = new Scope(anySignal(signal, alone.signal));
    scope.run("watchers", (stop) => this.#watchWatchers(alone, stop));
    scope.run("capture", (stop) => this.#captureAll(stop));
    scope.run("sound", async (stop) => {
      const beganMs = await untilAborted(this.#began.promise, stop);
      await this.#options.sound?.(this.#options.originMs ?? (() => beganMs), stop);
    });
    const sending = this.#sendAll(scope.signal);
    try {
      await sending;
      await scope.close();
      await this.#sayEnd("ended");
      return this.#result("ended");
    } catch (error) {
      await scope.close();
      if (error === ALONE) return this.#result("left");
      if (signal.aborted) {
        await this.#sayEnd("stopped");
        return this.#result("stopped");
      }
      if (this.#options.transport.isOpen) await this.#sayEnd("failed");
      throw error;
    }
  }

  /** Resolves when the first one watches; or with why nobody will. */
  async #untilWatched(
    signal: AbortSignal,
  ): Promise<Unwatched | "stopped" | undefined> {
    const { transport, answers } = this.#options;
    while (transport.subscribers === 0) {
      if (signal.aborted) return "stopped";
      requireOpen(transport);
      const refused = answers.whyNotWait();
      if (refused !== undefined) return refused;
      await this.#newsUntil(answers.waitUntilMs, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
    return signal.aborted ? "stopped" : undefined;
  }

  async #watchWatchers(alone: AbortController, signal: AbortSignal): Promise<void> {
    const { transport, clock, answers } = this.#options;
    let aloneUntilMs: number | undefined;
    for (;;) {
      requireOpen(transport);
      const nowMs = clock.monotonicMs();
      if (transport.subscribers > 0) aloneUntilMs = undefined;
      else aloneUntilMs ??= nowMs + ALONE_MS;
      if (aloneUntilMs !== undefined && (nowMs >= aloneUntilMs || answers.hasLeft())) {
        return alone.abort(ALONE);
      }
      await this.#newsUntil(aloneUntilMs, signal);
    }
  }

  /** Resolves when somebody came, went or said something, or at this time if it is still to come. */
  async #newsUntil(untilMs: number | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const leftMs = untilMs === undefined ? 0 : untilMs - clock.monotonicMs();
    const timeout = leftMs > 0 ? { timeoutMs: leftMs } : {};
    await this.#watched.wait(clock, { ...timeout, signal });
  }

  /** One leg after the other, each in one size. */
  async #captureAll(signal: AbortSignal): Promise<void> {
    const { capture, isDevice } = this.#options;
    for (;;) {
      this.#leg = new AbortController();
      const leg = anySignal(signal, this.#leg.signal);
      const step = LIVE_STEPS[this.#pace.step];
      const fromMs = this.#positionMs;
      try {
        const onFrame = (frame: CapturedFrame) => this.#take(frame, { step, fromMs, signal: leg });
        await capture({ step, fromMs, onFrame }, leg);
        if (isDevice) throw new MediaError("device-failed", "The device delivers no more pictures");
        break;
      } catch (error) {
        if (error !== NEXT_STEP || signal.aborted) throw error;
      }
    }
    this.#isOver = true;
    this.#wakeup.wake();
  }

  async #take(
    frame: CapturedFrame,
    { step, fromMs, signal }: { step: LiveStep; fromMs: number; signal: AbortSignal },
  ): Promise<void> {
    const { clock, isDevice, originMs } = this.#options;
    signal.throwIfAborted();
    if (originMs !== undefined) this.#originMs = originMs();
    this.#originMs ??= clock.monotonicMs();
    this.#began.resolve(this.#originMs);
    const nowMs = clock.monotonicMs() - this.#originMs;
    const filmMs = fromMs + Math.round(frame.index * 1000 / step.framesPerSecond);
    const isHeldBack = !isDevice && frame.atMs === undefined;
    const ptsMs = isHeldBack
      ? filmMs
      : Math.round((frame.atMs ?? nowMs + this.#originMs) - this.#originMs);
    if (isHeldBack && ptsMs > nowMs) await clock.sleep(ptsMs - nowMs, { signal });
    this.#positionMs = ptsMs;
    this.#queue.offer({ ...frame, ptsMs });
    this.#wakeup.wake();
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    const { transport, writer, clock } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const next = this.#queue.take();
      if (next === undefined) {
        if (this.#isOver) return;
        await this.#wakeup.wait(signal);
        continue;
      }
      const { jpeg, ptsMs, widthPx, heightPx } = next;
      if (jpeg.length > STREAM_FRAME_MAX_BYTES) {
        this.#tooLarge++;
      } else {
        // It never goes back, also when a leg begins a little before the last one ended.
        this.#lastPtsMs = Math.max(this.#lastPtsMs, ptsMs);
        const fields = {
          index: this.#frames++,
          ptsMs: this.#lastPtsMs,
          width: widthPx,
          height: heightPx,
        };
        await transport.publish(await writer.seal("stream.frame", fields, jpeg), signal);
      }
      if (writer.isDue(clock.monotonicMs())) await this.#prove(signal);
    }
  }

  async #prove(signal: AbortSignal): Promise<void> {
    const { transport, writer, clock } = this.#options;
    await transport.publish(await writer.prove(clock.monotonicMs()), signal);
    this.#adapt(clock.monotonicMs());
  }

  get #dropped(): number {
    return this.#queue.dropped + this.#tooLarge;
  }

  /** The worse of what the watchers say and what did not even leave. */
  #adapt(nowMs: number): void {
    const heard = this.#options.reports.take();
    const own = {
      received: this.#frames - this.#seenFrames,
      lost: this.#dropped - this.#seenDropped,
      lateMs: 0,
    };
    this.#seenFrames = this.#frames;
    this.#seenDropped = this.#dropped;
    const before = this.#pace;
    for (const report of heard === undefined ? [own] : [own, heard]) {
      this.#pace = pace(this.#pace, report, nowMs);
      // Bad news once is enough.
      if (this.#pace.step > before.step) break;
    }
    if (this.#pace.step === before.step) return;
    this.#steps++;
    this.#options.onStep?.(LIVE_STEPS[this.#pace.step], this.#pace.step < before.step);
    this.#leg.abort(NEXT_STEP);
  }

  async #sayEnd(reason: StreamStopReason): Promise<void> {
    const { transport, writer, clock } = this.#options;
    if (!transport.isOpen) return;
    const soon = clock.deadline(FAREWELL_MS);
    try {
      if (writer.hasUnproven) {
        await transport.publish(await writer.prove(clock.monotonicMs()), soon);
      }
      const fields = {
        frames: this.#frames,
        durationMs: this.#lastPtsMs,
        dropped: this.#dropped,
        reason,
      };
      await transport.publish(await writer.seal("stream.end", fields), soon);
    } catch (error) {
      // Nobody takes it any more: the end of the transport says the same.
      if (!soon.aborted && !(error instanceof TransportError)) throw error;
    }
  }

  #result(end: Broadcasted["end"]): Broadcasted {
    return {
      end,
      frames: this.#frames,
      durationMs: this.#lastPtsMs,
      dropped: this.#dropped,
      watchers: this.#most,
      steps: this.#steps,
    };
  }
}

function requireOpen(transport: MediaPublisher): void {
  if (!transport.isOpen) throw new TransportError("offline", "The connection to the server ended");
}
