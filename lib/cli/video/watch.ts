/** Playing one video to its end: frames to the viewer and the saver, keys to the player. */

import { clockWords } from "../../app/video_list.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Link } from "../../client/link/link.ts";
import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import type { Player, PlayOptions, PlayResult } from "../../client/video/player.ts";
import { PlaybackClock } from "../../media/playback/playback_clock.ts";
import type { WatchParty } from "../../client/party/parties.ts";
import { Together } from "./together.ts";
import { FramesOnce } from "./frames_once.ts";
import { Playlist } from "./playlist.ts";
import type { ViewerStatistics, Watched } from "../../app/video_surface.ts";
import type { WatchMarks } from "../../client/video/watch_marks.ts";
import { openPlayer, reopen } from "./open_player.ts";
import type { Viewer } from "./viewer.ts";
import { INTERRUPTED, KeyHands, type KeyListeners, LEFT, readKeys } from "./watch_keys.ts";
import { type ExtrasWish, NO_EXTRAS, SubtitleLine, WatchExtras } from "./watch_extras.ts";
import { WatchStatus } from "./watch_status.ts";

/** Gets every frame that arrives, at once. */
export interface FrameSink {
  save(frame: PlayedFrame): void;
  /** Resolves when it is done with all of them. */
  flush(): Promise<void>;
}

/** Where frames go. Whoever opened them closes them. */
export interface FrameSinks {
  readonly viewer: Viewer;
  readonly saver?: FrameSink | undefined;
}

/** What to play, and how. */
export interface WatchOptions<Sinks extends FrameSinks>
  extends Pick<PlayOptions, "video" | "mode" | "clock" | "maxRate"> {
  /** Videos that follow, one after the other. */
  readonly then?: readonly string[];
  /** Where the first one begins; left out, where it was stopped last. */
  readonly startMs?: number | undefined;
  /** 0 plays every frame, as fast as possible. */
  readonly speed: number;
  /** Where videos were stopped; left out, nobody remembers. */
  readonly marks?: Pick<WatchMarks, "recall" | "keep"> | undefined;
  /** Called once the server has the video: nobody's screen is taken for one that it does not have. */
  open(): Promise<Sinks>;
  /** What is heard and read beside it; left out, nothing. */
  readonly extras?: ExtrasWish;
  /** Takes subtitles where there is no line for them below a picture. */
  readonly tell?: (line: string) => Promise<void>;
  /** What is to be said all the time; left out, nothing. */
  readonly notice?: string | undefined;
  /** With whom it is watched. */
  readonly party?: WatchParty | undefined;
  readonly signal: AbortSignal;
  /** Another link when one has ended, or why there is none. Left out, the end of the link is the end of the video. */
  reconnect?(signal: AbortSignal): Promise<Link>;
}

type Playing = WatchOptions<FrameSinks> & Pick<PlayOptions, "playback" | "drawing"> & {
  readonly sound: WatchExtras;
};

/** A video that was seen before the last one, and what the viewer had counted when it was left. */
export interface SeenVideo {
  readonly watched: Watched;
  readonly statistics: ViewerStatistics;
}

/** Between two times that the position is kept, in case of a sudden end. */
const KEEP_MS = 30_000;

/**
 * Plays the videos of a list, and tells how it went with the last one and with those before. Throws Refusal and MediaError as
 * `Player` does, and what `open` throws. Ctrl-C and `q` end it early.
 */
export async function watch<Sinks extends FrameSinks>(
  link: Link,
  options: WatchOptions<Sinks>,
): Promise<{ watched: Watched; before: readonly SeenVideo[]; sinks: Sinks }> {
  const playback = new PlaybackClock(options.speed);
  const seen: { viewer?: Viewer } = {};
  const sound = new WatchExtras(options.extras ?? NO_EXTRAS, { clock: options.clock, playback });
  const drawing = () => seen.viewer?.drawing;
  const playing: Playing = { ...options, playback, sound, drawing };
  const player = await openPlayer(link, playing);
  const sinks = await openSinks(player, options);
  seen.viewer = sinks.viewer;
  const { watched, before } = await new Watching(link, player, { sinks, playing }).run();
  return { watched, before, sinks };
}

/** A list of videos while it is watched. */
class Watching {
  #link: Link;
  #player: Player;
  #frames: FramesOnce;
  readonly #playing: Playing;
  readonly #sinks: FrameSinks;
  readonly #list: Playlist;
  readonly #status: WatchStatus;
  readonly #keys: KeyHands;
  readonly #subtitles: SubtitleLine;
  readonly #marks: WatchOptions<FrameSinks>["marks"];
  readonly #together: Together | undefined;
  readonly #before: SeenVideo[] = [];
  readonly #leaving = new AbortController();

  constructor(
    link: Link,
    player: Player,
    { sinks, playing }: { readonly sinks: FrameSinks; readonly playing: Playing },
  ) {
    this.#link = link;
    this.#player = player;
    this.#playing = playing;
    this.#sinks = sinks;
    this.#list = new Playlist([playing.video, ...playing.then ?? []]);
    const { clock, notice, marks, party } = playing;
    const onChanged = () => this.#status.changed();
    this.#together = party && new Together(party, { clock, onChanged });
    // Whoever keeps the pictures, or draws them into a file, wants all of the video.
    const isForPictures = !sinks.viewer.hasStatus || sinks.saver !== undefined;
    // Where others are, nobody goes on where they stopped.
    this.#marks = isForPictures || party !== undefined ? undefined : marks;
    this.#status = new WatchStatus(player, {
      viewer: sinks.viewer,
      clock,
      extras: () => playing.sound.words,
      notice: noticeOf(notice, this.#together),
      list: this.#list,
    });
    this.#subtitles = new SubtitleLine(sinks.viewer, playing.tell);
    this.#keys = new KeyHands(player, this.#hands());
    this.#frames = this.#newFrames();
  }

  async run(): Promise<{ watched: Watched; before: readonly SeenVideo[] }> {
    const { clock, signal: outer, reconnect } = this.#playing;
    const { viewer, saver } = this.#sinks;
    const leaving = this.#leaving.signal;
    const signal = anySignal(outer, leaving);
    await using scope = new Scope(signal);
    scope.run("keys", async (stop) => {
      const leave = (reason: unknown) => this.#leaving.abort(reason);
      await takeKeys(viewer, this.#keys, { stop, leave, goesOn: reconnect !== undefined });
    });
    if (viewer.hasStatus) {
      scope.run("status", (stop) => this.#status.run(stop));
      scope.run("sound", (stop) => this.#playing.sound.run(stop));
      this.#playing.sound.onChanged = () => void this.#status.changed().catch(() => {});
    }
    if (this.#marks !== undefined) {
      scope.run("marks", async (stop) => {
        for (;;) {
          await clock.sleep(KEEP_MS, { signal: stop });
          await this.#keepMark(false);
        }
      });
    }
    this.#keepTogether(scope);
    let result: PlayResult | undefined;
    try {
      result = await this.#playAll(signal);
    } finally {
      await this.#keepMark(result !== undefined);
    }
    await saver?.flush();
    if (leaving.reason !== LEFT && leaving.reason !== INTERRUPTED) leaving.throwIfAborted();
    return { watched: this.#outcome(result), before: this.#before };
  }

  /** Until the party is over, which ends the video here too. */
  #keepTogether(scope: Scope): void {
    const { party } = this.#playing;
    const together = this.#together;
    if (party === undefined || together === undefined) return;
    scope.run("party", (stop) => party.keep(stop));
    scope.run("in time", (stop) => together.watchOver(stop));
    scope.run("together", async (stop) => {
      await together.run(stop);
      this.#leaving.abort(LEFT);
    });
  }

  /** How the last one ended; undefined when the person left. */
  async #playAll(signal: AbortSignal): Promise<PlayResult | undefined> {
    const leaving = this.#leaving.signal;
    const { startMs } = this.#playing;
    let leg = leaving;
    let todo: (() => Promise<void>) | undefined = () => this.#begin(startMs);
    for (;;) {
      try {
        const first = todo;
        todo = undefined;
        await first?.();
        leg = this.#keys.beginLeg(this.#player, this.#together);
        this.#sinks.viewer.adapts = this.#player.mode === "adaptive";
        this.#status.player = this.#player;
        this.#playing.sound.follow(this.#link, this.#player);
        const playing = this.#player.play(this.#frames, { signal: anySignal(signal, leg) });
        const [result] = await Promise.all([playing, this.#together?.beginLeg(this.#player)]);
        const next = this.#list.ended();
        if (next === "nothing") return result;
        todo = next === "other" ? () => this.#goToOther(result) : () => this.#again();
      } catch (error) {
        const isOwn = [leaving, leg].some((own) => own.aborted && error === own.reason);
        if (!isOwn && canGoOn(error, this.#playing) && !signal.aborted) {
          if (!await this.#reconnect(signal)) return undefined;
          continue;
        }
        if (!isOwn) throw error;
        if (leaving.aborted) {
          await this.#stop();
          return undefined;
        }
        const wish = this.#keys.takeWish();
        todo = () => wish === "video" ? this.#goToOther(undefined) : this.#goToMode();
      }
    }
  }

  async #again(): Promise<void> {
    this.#frames.sought();
    await this.#player.seek(0);
  }

  /** Another mode: the same video from the same moment. */
  async #goToMode(): Promise<void> {
    const { playback } = this.#playing;
    await this.#player.stop();
    playback.play();
    this.#player = await this.#open();
    await this.#player.seek(playback.positionMs);
  }

  async #goToOther(result: PlayResult | undefined): Promise<void> {
    const { playback } = this.#playing;
    await this.#keepMark(result !== undefined);
    this.#before.push({
      watched: this.#outcome(result),
      statistics: this.#sinks.viewer.statistics,
    });
    this.#frames = this.#newFrames();
    playback.seek(0);
    playback.play();
    await this.#player.stop();
    this.#player = await this.#open();
    await this.#begin(undefined);
  }

  /** From there, or where the person stopped. */
  async #begin(startMs: number | undefined): Promise<void> {
    const { name, durationMs } = this.#player;
    const fromMs = startMs ?? await this.#marks?.recall(name, durationMs) ?? 0;
    if (fromMs === 0) return;
    await this.#player.seek(Math.min(fromMs, durationMs - 1));
    this.#status.player = this.#player;
    this.#status.sought();
    await this.#status.tell(`goes on at ${clockWords(fromMs)}, home is the beginning`);
  }

  /** False when the person leaves before there is a connection. */
  async #reconnect(signal: AbortSignal): Promise<boolean> {
    this.#frames.connectionLost(this.#player);
    this.#playing.sound.connectionLost();
    await this.#status.connectionLost();
    const playing = { ...this.#playing, video: this.#list.video };
    const next = await reopen(playing, this.#keys, signal);
    if (next === undefined) return false;
    [this.#link, this.#player] = next;
    return true;
  }

  /** It may be stopped already, for one that did not open. */
  async #stop(): Promise<void> {
    try {
      await this.#player.stop();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "unknown-stream") throw error;
    }
  }

  #open(): Promise<Player> {
    const { video } = this.#list;
    const { signal, ...playing } = this.#playing;
    const stop = anySignal(signal, this.#leaving.signal);
    const tell = (line: string) => this.#status.tell(line);
    const { mode } = this.#keys;
    return openPlayer(this.#link, { ...playing, video, mode, tell, signal: stop });
  }

  async #keepMark(isOver: boolean): Promise<void> {
    const { name, durationMs } = this.#player;
    const positionMs = isOver ? durationMs : Math.round(this.#playing.playback.positionMs);
    await this.#marks?.keep({ name, durationMs, positionMs });
  }

  #outcome(result: PlayResult | undefined): Watched {
    const { name, total, durationMs, format } = this.#player;
    return {
      ...this.#frames.count(result),
      ...{ name, total, durationMs, format },
      complete: result !== undefined,
      interrupted: this.#leaving.signal.reason === INTERRUPTED,
      ...(this.#together?.wentToEnd(durationMs) === true ? { hostWentToEnd: true as const } : {}),
    };
  }

  #newFrames(): FramesOnce {
    const { viewer, saver } = this.#sinks;
    const { speed, playback } = this.#playing;
    return new FramesOnce({
      save: (frame) => saver?.save(frame),
      show: async (frame) => {
        playback.reached(frame.ptsMs);
        // The last one stays on the screen: it is not to be cut off by the end.
        const isLast = frame.index === frame.total - 1;
        await viewer.show(frame, { inOrder: speed === 0 || isLast });
        this.#together?.shown(frame.ptsMs);
        await this.#status.shown(frame);
        await this.#subtitles.say(this.#playing.sound.subtitleAt(frame.ptsMs));
      },
    });
  }

  #hands(): KeyListeners {
    return {
      onSeek: () => {
        this.#frames.sought();
        this.#status.sought();
      },
      onStep: (by) => this.#list.step(by),
      onLoop: () => this.#list.nextLoop(),
      onExtra: (name) => void this.#playing.sound.press(name),
      onPressed: () => this.#status.changed(),
    };
  }
}

function noticeOf(
  notice: string | undefined,
  together: Together | undefined,
): (() => string) | undefined {
  if (notice === undefined && together === undefined) return undefined;
  return () => [together?.words, notice].filter((one) => one !== undefined).join("  ");
}

/** As `readKeys`; when nothing can be shown any more, or done about it, the video ends. */
async function takeKeys(
  viewer: Viewer,
  keys: KeyHands,
  options: Parameters<typeof readKeys>[2] & { leave: (reason: unknown) => void },
): Promise<void> {
  try {
    await readKeys(viewer, keys, options);
  } catch (error) {
    if (!options.stop.aborted) options.leave(error);
  }
}

async function openSinks<Sinks extends FrameSinks>(
  player: Player,
  options: WatchOptions<Sinks>,
): Promise<Sinks> {
  try {
    return await options.open();
  } catch (error) {
    await player.stop();
    throw error;
  }
}

/** Whether another link may come in the place of the one that ended. */
function canGoOn(error: unknown, { reconnect }: WatchOptions<FrameSinks>): boolean {
  return error instanceof TransportError && reconnect !== undefined;
}
