/** A video of the library beside its pictures: which sound and subtitles it has. */

import { MediaError } from "../../base/errors.ts";
import type { FrameStore } from "../../media/frames/frame_store.ts";
import type { VideoFile } from "../../media/library/renditions.ts";
import type { Cue } from "../../media/sound/cues.ts";
import type { FilmExtra } from "../../media/sound/film_extras.ts";
import type { SoundTrack } from "../../media/sound/sound_track.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import { CUES_OF_PAGE_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";

/** One that somebody watches. It owns nothing. */
export class Film {
  readonly #frames: FrameStore;
  readonly #file: VideoFile;
  readonly #durationMs: number;
  #extra: Promise<FilmExtra> | undefined;
  /** Of the track that was asked for last. */
  #cues: { readonly track: number; readonly all: Promise<readonly Cue[]> } | undefined;

  constructor(frames: FrameStore, file: VideoFile, durationMs: number) {
    this.#frames = frames;
    this.#file = file;
    this.#durationMs = durationMs;
  }

  /** Throws MediaError. */
  async tracks(): Promise<ReplyFields<"video.tracks">> {
    const { sound, subtitles } = await this.#found();
    return { sound: sound.map(told), subtitles: subtitles.map(told) };
  }

  /** Throws MediaError `no-such-track`, and others. */
  async sound(track: number): Promise<SoundTrack> {
    return await this.#frames.extras.soundTrack(this.#file, track, this.#durationMs);
  }

  /** Whether a page of this track can be had without reading it. */
  holdsCues(track: number): boolean {
    return this.#cues?.track === track;
  }

  /** A page of subtitles. Throws Refusal, MediaError. */
  async cues(track: number, after: number): Promise<ReplyFields<"video.cues">> {
    if (this.#cues?.track !== track) this.#cues = { track, all: this.#read(track) };
    const all = await this.#cues.all;
    const page = all.slice(after, after + CUES_OF_PAGE_MAX);
    return {
      cues: page.map(({ fromMs, untilMs, text }) => ({ from: fromMs, until: untilMs, text })),
      more: after + page.length < all.length,
    };
  }

  async #read(track: number): Promise<readonly Cue[]> {
    const found = (await this.#found()).subtitles[track];
    if (found === undefined) throw refuse("bad-message", "The video has no such subtitles");
    return await this.#frames.extras.cues(this.#file, found);
  }

  #found(): Promise<FilmExtra> {
    this.#extra ??= this.#frames.extras.extra(this.#file);
    return this.#extra;
  }
}

function told({ language, title }: { readonly language?: string; readonly title?: string }) {
  return {
    ...(language === undefined ? {} : { language }),
    ...(title === undefined ? {} : { title }),
  };
}

/** Why there is no sound, for whoever watches. The path of the file is not theirs to know. */
export function soundProblem(error: unknown): string {
  if (!(error instanceof MediaError)) return "the server cannot continue";
  return error.code === "ffmpeg-missing"
    ? "the server has no ffmpeg"
    : `the server cannot make it: ${error.code.replaceAll("-", " ")}`;
}
