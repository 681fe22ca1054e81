/**
 * One stream to one watcher: asks the pacer which frame is due, reads it from the frame store, sends it in parts on the bulk
 * lane. A frame leaves whole or not at all; nothing leaves beyond the watcher's credit.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { Pacer } from "../../media/playback/pacer.ts";
import type { NoticeFields, RequestFields } from "../../protocol/hop/mod.ts";
import { MAX_FRAME_PART_BYTES, type VideoMode } from "../../protocol/hop/video.ts";
import type { Adaptation } from "./adaptive_video.ts";
import { mediaProblem } from "./library.ts";
import type { Film } from "./film.ts";
import type { OpenedVideo, StreamFrame } from "./opened_video.ts";
import { SoundFeed } from "./sound_feed.ts";
import { refuse } from "../../protocol/failure.ts";
import type { ClientLine } from "../sessions/client_line.ts";

const log = logger("server", "video");

/** Bulk bytes that may wait on the connection before the next frame is read: two parts. */
const QUEUED_BYTES = 64 * 1024;

/** In mode `adaptive`: one part. What waits here when the line becomes bad must still pass it. */
const QUEUED_ADAPTIVE_BYTES = 32 * 1024;

/** A read that takes longer waited for an extraction; reading from the store takes well under a millisecond. */
const EXTRACTION_WAIT_MS = 20;

/** Who waits so long for a frame is told what for. */
const WAITING_SAID_MS = 1_000;

/** Where the frames of a stream come from. */
export interface VideoSource
  extends Pick<OpenedVideo, "name" | "total" | "durationMs" | "isCutShort" | "read" | "close"> {
  readonly plan: Pick<OpenedVideo["plan"], "ptsMs">;
  /** Undefined where line and screen change nothing. */
  readonly adaptation?: Adaptation;
}

/** What a stream is made of. It takes `source` over and closes it. */
export interface VideoSessionOptions {
  readonly stream: number;
  /** Closed with the stream. */
  readonly source: VideoSource;
  readonly mode: VideoMode;
  /** All its pictures are there: watching it costs no extraction. */
  readonly isReady: boolean;
  readonly speed: number;
  readonly clock: Clock;
  readonly session: Pick<ClientLine, "push" | "whenBulkBelow" | "connection">;
  readonly onClosed: () => void;
}

/** The end is that of the file, and not of the film. */
const CUT_SHORT = "the file is cut short or damaged: it announces more than it holds";

/** What pictures are of: those of one key are extracted once, for everyone. */
export function watchedKey(name: string, mode: VideoMode): string {
  return `${mode} ${name}`;
}

/** The videos that one connection watches. */
export class OpenVideos {
  readonly #videos = new Map<number, VideoSession>();
  #last = 0;

  get count(): number {
    return this.#videos.size;
  }

  /** What is watched and was not all extracted when it was opened; a video in another mode is another one. */
  get watched(): readonly string[] {
    return [...this.#videos.values()].flatMap(({ isReady, watched }) => isReady ? [] : watched);
  }

  find(stream: number): VideoSession | undefined {
    return this.#videos.get(stream);
  }

  /** Returns its number: never used before on this connection. */
  open(options: Omit<VideoSessionOptions, "stream" | "onClosed">): number {
    const stream = ++this.#last;
    const onClosed = () => void this.#videos.delete(stream);
    this.#videos.set(stream, new VideoSession({ ...options, stream, onClosed }));
    return stream;
  }

  close(): void {
    for (const video of this.#videos.values()) video.close();
  }
}

/** A running stream; it ends by `control` or `close`. */
export class VideoSession {
  readonly #options: VideoSessionOptions;
  readonly #pacer: Pacer;
  readonly #scope = new Scope();
  #wake: () => void = () => {};
  #ended = false;
  #film: Promise<Film> | undefined;
  #sound: SoundFeed | undefined;

  get isReady(): boolean {
    return this.#options.isReady;
  }

  get watched(): string {
    return watchedKey(this.#options.source.name, this.#options.mode);
  }

  constructor(options: VideoSessionOptions) {
    this.#options = options;
    this.#pacer = new Pacer(options.source.plan.ptsMs, options.speed);
    options.source.adaptation?.restarted(options.speed);
    this.#scope.run("video", (signal) => this.#run(signal));
  }

  /** Takes what the watcher grants. */
  credit(fields: NoticeFields<"video.credit">): void {
    this.#pacer.grant(fields.epoch, { frames: fields.frames, bytes: fields.bytes });
    const { source: { adaptation }, clock } = this.#options;
    if (adaptation !== undefined) this.#pacer.reserveMs = fields.reserveMs ?? this.#pacer.reserveMs;
    if (fields.epoch === this.#pacer.epoch) adaptation?.told(fields, clock.monotonicMs());
    this.#wake();
  }

  /** What it has beside its pictures, by `find` when it is asked for first. Rejects as `find`. */
  film(find: (source: VideoSource) => Promise<Film>): Promise<Film> {
    this.#film ??= find(this.#options.source);
    return this.#film;
  }

  /** Sends sound, once tracks were asked for. */
  listen(fields: NoticeFields<"video.listen">): void {
    const film = this.#film;
    if (film === undefined || this.#ended) return;
    const { stream, session: line } = this.#options;
    this.#sound ??= new SoundFeed({
      ...{ stream, line },
      epoch: () => this.#pacer.epoch,
      open: async (track) => await (await film).sound(track),
    });
    this.#sound.listen(fields);
  }

  /** Throws Refusal for a change that is not newer than the last one. */
  async control(fields: RequestFields<"video.control">): Promise<void> {
    if (fields.action === "stop") {
      await this.#finish();
      return;
    }
    const changed = this.#change(fields);
    if (changed) this.#options.source.adaptation?.restarted(fields.speed);
    if (!changed) throw refuse("bad-message", "Cannot change stream: its epoch is not newer");
    this.#wake();
  }

  #change({ action, epoch, positionMs, speed }: RequestFields<"video.control">): boolean {
    switch (action) {
      case "pause":
        return this.#pacer.pause(epoch);
      case "resume":
        return this.#pacer.resume(epoch);
      case "seek":
        return this.#pacer.seek(epoch, positionMs ?? 0);
      case "speed":
        return this.#pacer.setSpeed(epoch, speed ?? 1);
      default:
        return false;
    }
  }

  /** The connection ended. */
  close(): void {
    this.#finish().catch((error) => log.error("close failed", { reason: describeError(error) }));
  }

  async #finish(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await Promise.all([this.#scope.close(), this.#sound?.close()]);
    this.#options.source.close();
    this.#options.onClosed();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        // What was awaited last may not know the signal: a wait that begins after the abort would never end.
        signal.throwIfAborted();
        this.#pacer.every = this.#options.source.adaptation?.every ?? 1;
        const step = this.#pacer.next(clock.monotonicMs());
        if (step.action === "send") await this.#send(step.index, signal);
        else if (step.action === "wait") await this.#pause(signal, step.untilMs);
        else {
          if (step.action === "ended") {
            await this.#tellEnd(true, this.#options.source.isCutShort ? CUT_SHORT : undefined);
          }
          // The stream stays open after its end: a seek goes on.
          await this.#pause(signal);
        }
      }
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof MediaError) {
        return await this.#tellEnd(false, mediaProblem(error).message);
      }
      log.error("stream failed", { reason: describeError(error) });
      await this.#tellEnd(false, "The server cannot continue");
    }
  }

  /** Reads a frame and sends it, if it is still wanted by then. */
  async #send(index: number, signal: AbortSignal): Promise<void> {
    const { clock, source } = this.#options;
    const { epoch } = this.#pacer;
    const startedMs = clock.monotonicMs();
    const frame = await this.#read(index, signal);
    const nowMs = clock.monotonicMs();
    if (epoch !== this.#pacer.epoch) return;
    // Waiting for an extraction is not the watcher's fault: the stream goes on where it was.
    if (nowMs - startedMs > EXTRACTION_WAIT_MS) {
      this.#pacer.delay(nowMs - startedMs, index, nowMs);
    }
    if (!this.#pacer.take(index, frame.jpeg.length, nowMs)) return;
    source.adaptation?.sent(frame.jpeg.length, nowMs);
    await this.#sendParts(index, frame);
  }

  /** Says that it is waited for, if that takes longer than a moment. */
  async #read(index: number, signal: AbortSignal): Promise<StreamFrame> {
    const { clock, source, session, stream } = this.#options;
    const cancel = clock.after(WAITING_SAID_MS, () => {
      session.push("video.waiting", { stream, epoch: this.#pacer.epoch, index }, { lane: "bulk" });
    });
    try {
      return await source.read(index, { signal });
    } finally {
      cancel();
    }
  }

  async #sendParts(index: number, frame: StreamFrame): Promise<void> {
    const { stream, mode, source, session } = this.#options;
    const { jpeg } = frame;
    const { epoch } = this.#pacer;
    if (jpeg.length === 0) {
      throw new MediaError("frame-missing", `Cannot send frame ${index}: it is empty`);
    }
    for (let offset = 0; offset < jpeg.length; offset += MAX_FRAME_PART_BYTES) {
      await session.whenBulkBelow(
        source.adaptation === undefined ? QUEUED_BYTES : QUEUED_ADAPTIVE_BYTES,
      );
      session.push("video.frame", {
        stream,
        epoch,
        mode,
        rendition: frame.rendition,
        index,
        total: source.total,
        width: frame.widthPx,
        height: frame.heightPx,
        pts: frame.ptsMs,
        size: jpeg.length,
        offset,
        source: frame.source,
        ...frame.choice,
      }, { payload: jpeg.subarray(offset, offset + MAX_FRAME_PART_BYTES), lane: "bulk" });
    }
  }

  /** On the same lane as the frames: on the other one it would overtake the last of them. */
  async #tellEnd(complete: boolean, problem?: string): Promise<void> {
    const { stream, session } = this.#options;
    const { epoch, sent, dropped } = this.#pacer;
    await session.whenBulkBelow(QUEUED_BYTES);
    session.push("video.end", {
      stream,
      epoch,
      sent,
      dropped,
      complete,
      ...(problem === undefined ? {} : { problem }),
    }, { lane: "bulk" });
  }

  /** Waits for an event, or until a reading of the clock. */
  #pause(signal: AbortSignal, untilMs?: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = untilMs === undefined
        ? () => {}
        : clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => done());
      const abort = () => {
        cancel();
        reject(signal.reason);
      };
      const done = () => {
        cancel();
        signal.removeEventListener("abort", abort);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}
