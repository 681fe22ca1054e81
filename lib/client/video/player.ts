/**
 * Watching a video of the server's library: frames in, each shown at its time. Knows bytes and the clock only; who draws is
 * the caller's business.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MediaError, ProtocolError, TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { JitterBuffer } from "../../media/playback/jitter_buffer.ts";
import type { PlaybackClock } from "../../media/playback/playback_clock.ts";
import type { PushFields, ReplyFields } from "../../protocol/hop/mod.ts";
import type { VideoFormat, VideoMode } from "../../protocol/hop/video.ts";
import type { Link } from "../link/link.ts";
import { creditReport, CreditWindow, earlyIn, RESERVE_MS } from "./credit_window.ts";
import { FrameAssembly, type PlayedFrame } from "./frame_assembly.ts";

/** What to play, and how. */
export interface PlayOptions {
  /** A name with or without extension, or a number of the list. */
  readonly video: string;
  readonly mode: VideoMode;
  /** Whose it may be for several players, one after the other. At rate 0 every frame is shown, as fast as possible. */
  readonly playback: PlaybackClock;
  readonly clock: Clock;
  /** What pictures are drawn on, in mode `adaptive`; left out, nobody knows. */
  readonly drawing?: () => Drawing | undefined;
  /** Bytes a second at most, in mode `adaptive`. */
  readonly maxRate?: number | undefined;
  /** What is heard beside it. */
  readonly sound?: SoundBeside | undefined;
}

/** What is to be known of the pictures by whoever plays the sound. */
export interface SoundBeside {
  /** They go on from another place, at another pace, or not at all. */
  changed(): void;
  /** A picture is here. */
  arrived(ptsMs: number): void;
}

/** How a screen draws: what the server chooses pictures by. */
export interface Drawing {
  readonly widthPx: number;
  readonly heightPx: number;
  /** How long the screen takes for a picture, and how long it takes to make one; undefined before the first. */
  readonly drawMs: number | undefined;
  readonly decodeMs: number | undefined;
}

/** What a stream came to. */
export interface PlayResult {
  /** Frames that arrived, frames that the server left out because they were late, frames that came too late to be shown. */
  readonly received: number;
  readonly droppedByServer: number;
  readonly droppedHere: number;
  readonly shown: number;
  /** What is wrong with the file, though it was played to its end. */
  readonly problem?: string;
}

type End = PushFields<"video.end">;

/** One stream of one video, from its opening to its end. */
export class Player {
  readonly #link: Link;
  readonly name: string;
  readonly mode: VideoMode;
  readonly playback: PlaybackClock;
  /** Frames of the whole stream. */
  readonly total: number;
  readonly durationMs: number;
  /** What its frames will be. Undefined: the server does not say it yet. */
  readonly format: VideoFormat | undefined;
  readonly #clock: Clock;
  readonly #options: PlayOptions;
  /** Its number on this connection. */
  readonly stream: number;
  /** Frames of this epoch that arrived. */
  #receivedInEpoch = 0;
  #marginMs: number | undefined;
  readonly #assembly = new FrameAssembly();
  readonly #credit: CreditWindow;
  readonly #buffer: JitterBuffer<PlayedFrame>;
  /** With speed 0 every frame is shown, in order. */
  readonly #queue: PlayedFrame[] = [];
  #epoch = 0;
  /** The server sends nothing until it hears of another change. */
  #isHeld = false;
  /** Nothing was shown of where this is. */
  #isPictureOwed = true;
  /** The epoch of which the server makes what is due. */
  #making: number | undefined;
  #received = 0;
  #shown = 0;
  #end: End | undefined;
  #failure: unknown;
  /** What the server was told last, so that it is told changes only. */
  #reported = "";
  readonly #wakeup = new Wakeup();

  private constructor(
    link: Link,
    options: PlayOptions,
    opened: ReplyFields<"video.open">,
  ) {
    this.#link = link;
    this.#clock = options.clock;
    this.#options = options;
    this.stream = opened.stream;
    this.playback = options.playback;
    this.name = opened.name;
    this.mode = opened.mode;
    this.total = opened.total;
    this.durationMs = opened.durationMs;
    this.format = opened.format;
    this.#credit = new CreditWindow(opened.mode);
    this.#buffer = new JitterBuffer({ playback: options.playback, ...earlyIn(opened.mode) });
    link.on("video.frame", (part, payload) => {
      if (part.stream === this.stream) this.#part(part, payload);
    });
    link.on("video.waiting", ({ stream, epoch }) => {
      if (stream === this.stream) this.#making = epoch;
    });
    link.on("video.end", (end) => {
      if (end.stream !== this.stream || end.epoch !== this.#epoch) return;
      this.#end = end;
      this.#wakeup.wake();
    });
    link.closed.then(() => this.#wakeup.wake());
  }

  /** Throws Refusal `unknown-video` with a `suggestion`, `media-refused`, `ffmpeg-missing`. One player to a link. */
  static async open(link: Link, options: PlayOptions): Promise<Player> {
    const { video, mode, playback: { rate: speed } } = options;
    const { fields } = await link.ask("video.open", { video, mode, speed });
    return new Player(link, options, fields);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the server has said that it makes the picture that is waited for. */
  get isMaking(): boolean {
    return this.#making === this.#epoch;
  }

  /** How long before its time the last frame came; undefined before the first since a change. */
  get marginMs(): number | undefined {
    return this.#marginMs;
  }

  /** How far it could go on without the server. */
  get bufferedMs(): number {
    const { positionMs } = this.playback;
    return Math.max(positionMs, this.#buffer.endMs ?? positionMs);
  }

  /** Frames that came too late so far. */
  get droppedHere(): number {
    return this.#buffer.dropped;
  }

  /**
   * Plays to the end. `onFrame` gets every frame that arrives, at once; `show` gets those that are due, and the next one only
   * when its promise is settled. Rejects with MediaError when the server cannot go on, with TransportError
   * when the link ends, with the signal's reason.
   */
  async play(
    handlers: {
      onFrame?: (frame: PlayedFrame) => void;
      show: (frame: PlayedFrame) => Promise<void>;
    },
    options: { signal: AbortSignal },
  ): Promise<PlayResult> {
    this.#onFrame = handlers.onFrame ?? (() => {});
    this.#grant();
    for (;;) {
      options.signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const step = this.#next();
      if (step.action === "show") {
        await handlers.show(step.frame);
        this.#shown++;
        this.#isPictureOwed = false;
        if (this.playback.isPaused && !this.#isHeld) await this.#hold(step.frame.ptsMs);
        else this.#grant();
        continue;
      }
      if (step.action === "empty" && this.#end !== undefined && !this.playback.isPaused) {
        return this.#result(this.#end);
      }
      this.#link.requireNotDismissed();
      if (!this.#link.isOpen) {
        throw new TransportError("offline", "The connection to the server ended");
      }
      const untilMs = step.action === "wait" ? step.untilMs : undefined;
      await this.#wakeup.waitUntil(this.#clock, untilMs, options.signal);
    }
  }

  /** Stays at the picture that is shown, or that comes first. */
  async pause(): Promise<void> {
    this.playback.pause();
    if (!this.#isPictureOwed) await this.#control("pause");
  }

  async resume(): Promise<void> {
    this.playback.play();
    await this.#control("resume");
  }

  async seek(toMs: number): Promise<void> {
    const positionMs = Math.max(0, Math.round(toMs));
    this.playback.seek(positionMs);
    this.#isPictureOwed = true;
    // While it is paused one picture comes all the same.
    const goesOn = this.playback.isPaused && this.#isHeld;
    await Promise.all([
      this.#control("seek", { positionMs }),
      goesOn ? this.#control("resume") : undefined,
    ]);
  }

  async setSpeed(speed: number): Promise<void> {
    this.playback.setRate(speed);
    await this.#control("speed", { speed });
  }

  /**
   * Plays so that a position is due at a monotonic time: whoever does the same by one clock shows the same. `atMs` is far enough
   * ahead for a frame to come by then; what comes later is not shown.
   */
  async playFrom(
    { positionMs, rate, atMs }: {
      readonly positionMs: number;
      readonly rate: number;
      readonly atMs: number;
    },
  ): Promise<void> {
    const { rate: before } = this.playback;
    const fromMs = Math.max(0, Math.round(positionMs));
    this.playback.play();
    this.playback.setRate(rate);
    this.playback.seek(fromMs, atMs);
    await Promise.all([
      rate === before ? undefined : this.#control("speed", { speed: rate }),
      this.#isHeld ? this.#control("resume") : undefined,
      this.#control("seek", { positionMs: fromMs }),
    ]);
  }

  /** Stays at a position. */
  async holdAt(positionMs: number): Promise<void> {
    await this.pause();
    await this.seek(positionMs);
  }

  /** Ends the stream on the server; what is on the way is dropped. */
  async stop(): Promise<void> {
    if (!this.#link.isOpen) return;
    const epoch = this.#epoch + 1;
    await this.#link.ask("video.control", { stream: this.stream, action: "stop", epoch });
  }

  #onFrame: (frame: PlayedFrame) => void = () => {};

  #part(part: PushFields<"video.frame">, payload: Bytes): void {
    let frame: PlayedFrame | undefined;
    try {
      frame = this.#assembly.add(part, payload);
      if (frame?.epoch === this.#epoch && !this.#credit.covers(frame.sizeBytes)) {
        // What is held here is bounded by what was granted, and by nothing else.
        throw new ProtocolError(
          "too-many-frames",
          "Cannot watch: the server sends frames that nobody asked for",
        );
      }
    } catch (error) {
      this.#failure = error;
      this.#wakeup.wake();
      return;
    }
    if (frame === undefined || frame.epoch !== this.#epoch) return;
    const nowMs = this.#clock.monotonicMs();
    this.#making = undefined;
    this.#received++;
    this.#receivedInEpoch++;
    this.#credit.received(frame, nowMs);
    this.#onFrame(frame);
    this.#options.sound?.arrived(frame.ptsMs);
    if (this.playback.rate === 0) this.#queue.push(frame);
    else this.#buffer.push(frame, nowMs);
    this.#marginMs = this.playback.dueMs(frame.ptsMs) - nowMs;
    // Not only when one is shown: the first credit is for one frame, and showing it may take a while.
    this.#grant();
    this.#wakeup.wake();
  }

  #next() {
    if (this.playback.rate > 0) return this.#buffer.next(this.#clock.monotonicMs());
    const frame = this.#queue.shift();
    return frame === undefined
      ? { action: "empty" } as const
      : { action: "show", frame, dropped: 0 } as const;
  }

  #grant(): void {
    if (this.#isHeld || this.#end !== undefined) return;
    const { isPaused } = this.playback;
    if (isPaused && !this.#isPictureOwed) return;
    const grant = this.#credit.grant(this.#held(), isPaused ? 1 : undefined);
    const report = this.#report();
    if (grant === undefined && report === undefined) return;
    this.#link.tell("video.credit", {
      ...{ stream: this.stream, epoch: this.#epoch },
      ...(grant ?? { frames: 0, bytes: 0 }),
      ...report,
    });
  }

  /**
   * Frames that are held here count as on the way: a slow terminal slows the server down. At a time that others keep too, and in mode
   * `adaptive`, frames come early on purpose.
   */
  #held(): number {
    if (this.playback.rate === 0) return this.#queue.length;
    return this.playback.isShared || this.mode === "adaptive"
      ? this.#buffer.dueBy(this.#clock.monotonicMs())
      : this.#buffer.size;
  }

  /** In mode `adaptive`, what the server is to know, as soon as something has arrived. */
  #report(): ReturnType<typeof creditReport> | undefined {
    if (this.mode !== "adaptive") return undefined;
    const drawing = this.#options.drawing?.();
    const { maxRate } = this.#options;
    const said = creditReport({
      received: this.#receivedInEpoch,
      boxWidth: drawing?.widthPx,
      boxHeight: drawing?.heightPx,
      drawMs: drawing?.drawMs,
      decodeMs: drawing?.decodeMs,
      maxRate,
      reserveMs: this.playback.isShared ? 0 : RESERVE_MS,
    });
    const key = JSON.stringify(said);
    if (key === this.#reported) return undefined;
    this.#reported = key;
    return said;
  }

  /** Paused at a picture, from which it goes on: the server may be beyond it. */
  async #hold(positionMs: number): Promise<void> {
    await Promise.all([this.#control("pause"), this.#control("seek", { positionMs })]);
  }

  async #control(
    action: "pause" | "resume" | "seek" | "speed",
    change: { positionMs?: number; speed?: number } = {},
  ): Promise<void> {
    const epoch = ++this.#epoch;
    if (action === "pause" || action === "resume") this.#isHeld = action === "pause";
    this.#end = undefined;
    this.#buffer.begin(this.#epoch);
    this.#queue.length = 0;
    this.#credit.reset();
    this.#receivedInEpoch = 0;
    this.#marginMs = undefined;
    const asked = this.#link.ask("video.control", {
      stream: this.stream,
      action,
      epoch,
      ...change,
    });
    this.#options.sound?.changed();
    // The server takes them in this order: the picture is under way without another round trip. Not for one of two changes in a row.
    await Promise.resolve();
    if (epoch === this.#epoch) this.#grant();
    await asked;
    // Another change may have been asked for meanwhile: its own answer is the one to go on from.
    if (epoch !== this.#epoch) return;
    this.#grant();
    this.#wakeup.wake();
  }

  #result(end: End): PlayResult {
    if (!end.complete) {
      throw new MediaError("stream-ended", end.problem ?? "The server ended the video early");
    }
    return {
      received: this.#received,
      droppedByServer: end.dropped,
      droppedHere: this.#buffer.dropped,
      shown: this.#shown,
      ...(end.problem === undefined ? {} : { problem: end.problem }),
    };
  }
}
