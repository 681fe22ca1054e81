/**
 * Watches a stream: units are opened in their order, pictures are shown when it is time, the sender's proofs are compared
 * with what came, and the sender is told how it goes. Knows bytes and the clock only; who draws is the caller's business.
 */

import { Channel } from "../../base/channel.ts";
import type { Bytes } from "../../base/bytes.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { unitHash } from "../../crypto/statements/stream_proof.ts";
import { PlaybackClock } from "../../media/playback/playback_clock.ts";
import { JitterBuffer } from "../../media/playback/jitter_buffer.ts";
import type { StreamUnitFields } from "../../protocol/peer/stream.ts";
import type { Picture } from "../video/frame_assembly.ts";
import { LiveCounts, type LiveSummary } from "./live_counts.ts";
import { ProofLedger, type Proven } from "./proof_ledger.ts";
import { type TransportEnd, transportFailure } from "./live_media.ts";
import { type LiveListener, LiveSound } from "./live_sound.ts";
import type { LiveNow, TransportPause } from "./live_now.ts";
import type { WatchingParts } from "./watching_parts.ts";

/** Shown this much after its time: evens out an uneven line. */
const DELAY_MS = 60;
/** A picture that came late does not delay all others for longer than this. */
const MAX_WAIT_MS = 150;
/** Between two reports. */
const REPORT_MS = 1000;
/** Units that wait to be opened: what the credit allows, and some. */
const MAX_UNITS = 256;

/** A picture in the buffer: of one epoch only. */
interface LivePicture extends Picture {
  readonly epoch: 0;
}

/** Who gets pictures. */
export interface LiveHandlers {
  /** Gets every picture that comes, at once. */
  readonly onFrame?: (picture: Picture) => void;
  /** Gets those that are due, the next one only when its promise is settled. */
  readonly show: (picture: Picture, facts: LiveFacts) => Promise<void>;
  /** Hears that nothing comes just now, and undefined when it goes on. */
  readonly onPause?: (pause: TransportPause | undefined) => void;
}

/** What is known of a stream while it runs. */
export interface LiveFacts {
  /** Whether the pictures are the sender's own (SR-66). */
  readonly proven: Proven;
  readonly received: number;
  readonly lost: number;
}

/** Used once. Closing it leaves the stream. */
export class LiveWatch implements AsyncDisposable {
  readonly #parts: WatchingParts;
  readonly #units = new Channel<Bytes | TransportEnd>();
  readonly #ledger = new ProofLedger();
  readonly #counts = new LiveCounts();
  /** The time of its pictures: that of its sound, once somebody plays that. */
  readonly playback = new PlaybackClock(1);
  readonly #sound: LiveSound;
  #listener: LiveListener | undefined;
  readonly #buffer: JitterBuffer<LivePicture>;
  #onFrame: (picture: Picture) => void = () => {};
  #end: StreamUnitFields<"stream.end"> | TransportEnd | undefined;
  readonly #wakeup = new Wakeup();
  /** Something came, or the transport said whether something can. */
  readonly #heard = new Wakeup();
  /** When time 0 is shown, by the monotonic time here, where all who watch keep the same. */
  readonly #zeroMs: (() => number) | undefined;
  readonly #onNow: (now: LiveNow | undefined) => void;
  #isTaking = false;

  /**
   * Takes the parts over. `onNow` hears how it goes, and undefined at the end. `zeroMs`: when time 0 is to be shown, by the
   * monotonic time here; left out, pictures are shown as they come, with a little delay.
   */
  constructor(
    parts: WatchingParts,
    onNow: (now: LiveNow | undefined) => void = () => {},
    zeroMs?: () => number,
  ) {
    this.#parts = parts;
    this.#zeroMs = zeroMs;
    this.#buffer = new JitterBuffer<LivePicture>({
      playback: this.playback,
      delayMs: zeroMs === undefined ? DELAY_MS : 0,
      maxWaitMs: MAX_WAIT_MS,
    });
    this.#sound = new LiveSound(parts.clock, { isTimed: zeroMs !== undefined });
    this.#onNow = onNow;
    onNow({});
    parts.transport.onUnit((unit) => {
      if (this.#units.size < MAX_UNITS) this.#units.push(unit);
    });
    parts.transport.onEnd((end) => this.#units.push(end));
    parts.transport.onPause((pause) => {
      this.#counts.silence.paused(pause, parts.clock.monotonicMs());
      this.#heard.wake();
    });
  }

  /** See `LiveFacts.proven`: what is heard counts as what is seen. */
  get proven(): Proven {
    if (this.#sound.proven === "not-proven") return "not-proven";
    return this.#ledger.state(this.#parts.clock.monotonicMs());
  }

  /** Gives its sound to who plays it, until the signal aborts or there is no more. Beside `play`, once. */
  async hear(listener: LiveListener, signal: AbortSignal): Promise<void> {
    const { openSound } = this.#parts;
    if (openSound === undefined) return listener.detach("the sender sends none");
    this.#listener = listener;
    await this.#sound.run(openSound, listener, signal);
  }

  /** Whether everything that came was taken. */
  get idle(): boolean {
    return this.#units.size === 0 && !this.#isTaking;
  }

  /**
   * Shows it to its end. Rejects with TransportError when the connection or the sender is gone, Refusal `removed` when this
   * account is no member any more, with the signal's reason.
   */
  async play(handlers: LiveHandlers, options: { signal: AbortSignal }): Promise<LiveSummary> {
    this.#onFrame = handlers.onFrame ?? (() => {});
    await using scope = new Scope(options.signal);
    scope.run("units", (stop) => this.#openAll(stop));
    scope.run("reports", (stop) => this.#reportAll(stop));
    scope.run("silence", (stop) => this.#tellPauses(handlers.onPause ?? (() => {}), stop));
    const { clock } = this.#parts;
    for (;;) {
      scope.signal.throwIfAborted();
      const step = this.#buffer.next(clock.monotonicMs());
      if (step.action === "show") {
        await handlers.show(step.frame, this.#facts());
        this.#counts.shown++;
      } else if (step.action === "empty" && this.#end !== undefined) {
        return this.#result(this.#end);
      } else {
        const untilMs = step.action === "wait" ? step.untilMs : undefined;
        await this.#wakeup.waitUntil(clock, untilMs, scope.signal);
      }
    }
  }

  /** What was seen so far, for who leaves before the end. */
  summary(): LiveSummary {
    const { opener, transport } = this.#parts;
    // Nothing is signed any more behind a way that was lost: it is as it was when the last unit came.
    const proven = typeof this.#end === "string"
      ? this.#ledger.state(this.#counts.silence.lastMs)
      : this.proven;
    const refused = [[opener.refused, transport.refused] as const, this.#sound.refused ?? []];
    return this.#counts.summary(this.#ledger, refused.flat(), proven);
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    this.#onNow(undefined);
    await this.#parts.transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openAll(signal: AbortSignal): Promise<void> {
    for (;;) {
      const unit = await this.#units.next({ signal });
      if (unit === undefined) return;
      if (typeof unit === "string") {
        // What the sender said of the end counts more than that the way has ended.
        this.#end ??= unit;
        this.#wakeup.wake();
        return;
      }
      this.#isTaking = true;
      await this.#take(unit);
      this.#isTaking = false;
    }
  }

  async #take(unit: Bytes): Promise<void> {
    const { opener, clock } = this.#parts;
    const opened = await opener.open(unit);
    if (opened === undefined || this.#end !== undefined) return;
    const nowMs = clock.monotonicMs();
    this.#counts.silence.came(nowMs);
    this.#heard.wake();
    this.#ledger.note(opened.counter, await unitHash(unit), nowMs);
    switch (opened.kind) {
      case "stream.frame":
        return this.#picture(opened.fields, opened.payload, nowMs);
      case "stream.proof": {
        const proof = await this.#parts.verify(opened.payload);
        if (proof === undefined) this.#ledger.disprove(nowMs);
        else this.#ledger.prove(proof, nowMs);
        return;
      }
      case "stream.end":
        this.#end = opened.fields;
        this.#wakeup.wake();
        return;
      case "stream.sound":
      case "stream.report":
        // Nothing that comes among pictures.
        return;
    }
  }

  #picture(
    { index, ptsMs, width: widthPx, height: heightPx }: StreamUnitFields<"stream.frame">,
    jpeg: Bytes,
    nowMs: number,
  ): void {
    const picture: LivePicture = {
      epoch: 0,
      index,
      ptsMs,
      widthPx,
      heightPx,
      sizeBytes: jpeg.length,
      jpeg,
    };
    if (!this.#counts.came(picture, nowMs)) return;
    this.#onFrame(picture);
    this.#listener?.arrived(picture.ptsMs);
    // Each time: two clocks drift apart, and are measured again.
    if (this.#zeroMs !== undefined) this.playback.seek(0, this.#zeroMs());
    this.#buffer.push(picture, nowMs);
    this.#wakeup.wake();
  }

  async #reportAll(signal: AbortSignal): Promise<void> {
    const { clock, sealer, transport } = this.#parts;
    for (;;) {
      await clock.sleep(REPORT_MS, { signal });
      const { unit } = await sealer.seal("stream.report", this.#counts.report());
      transport.feedback(unit);
    }
  }

  async #tellPauses(
    onPause: (pause: TransportPause | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#parts;
    let told: TransportPause | undefined;
    const { silence } = this.#counts;
    for (;;) {
      // A way that ends behind the end of the stream is no loss.
      if (this.#end !== undefined) return;
      const nowMs = clock.monotonicMs();
      const state = silence.state(nowMs);
      if (state === "over") return void this.#units.push("silent");
      if (state !== told) {
        onPause(state);
        this.#onNow({ pause: state });
      }
      told = state;
      signal.throwIfAborted();
      await this.#heard.waitUntil(clock, silence.changesAtMs(nowMs), signal);
    }
  }

  #facts(): LiveFacts {
    const { received, lost } = this.#counts;
    return { proven: this.proven, received, lost };
  }

  #result(end: StreamUnitFields<"stream.end"> | TransportEnd): LiveSummary {
    this.#counts.droppedHere = this.#buffer.dropped;
    if (typeof end === "string") throw transportFailure(end);
    this.#counts.ended(end);
    return this.summary();
  }
}
