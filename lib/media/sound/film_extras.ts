/** What the films of a frame store have beside pictures: tracks of sound and of subtitles. Found out once, then kept. */

import { utf8 } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { Scope } from "../../base/scope.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import type { VideoFile } from "../library/renditions.ts";
import { once, readFile, writeFile } from "../library/source_facts.ts";
import type { SegmentShelf, ShelvedSegment } from "../segments/segment_shelf.ts";
import { type Cue, decodeSubtitles, parseCues, SUBTITLES_MAX_BYTES } from "./cues.ts";
import {
  decodeTracks,
  encodeTracks,
  type FilmTrack,
  type FilmTracks,
  findTracks,
  SUBTITLE_TRACKS_MAX,
} from "./film_tracks.ts";
import { SoundTrack } from "./sound_track.ts";
import { basename, dirname, extname, join } from "node:path";

/** A track of subtitles that can be read. */
export interface SubtitleTrack extends FilmTrack {
  readonly source:
    | { readonly kind: "inside"; readonly place: number }
    | { readonly kind: "beside"; readonly file: SideSubtitles };
}

/** A film's tracks. */
export interface FilmExtra {
  readonly sound: readonly FilmTrack[];
  readonly subtitles: readonly SubtitleTrack[];
}

/** What it needs of the store. */
export interface FilmExtrasParts {
  readonly ffmpeg: Ffmpeg | undefined;
  readonly shelf: SegmentShelf;
  readonly scope: Scope;
  /** The folder of all that is kept of a file. */
  readonly folderOf: (file: VideoFile) => Promise<string>;
  readonly isPinned: (segment: ShelvedSegment) => boolean;
}

const SUBTITLES_TIME_LIMIT_MS = 120_000;

/** Belongs to a frame store. */
export class FilmExtras {
  readonly #parts: FilmExtrasParts;
  readonly #finding = new Map<string, Promise<FilmTracks>>();
  readonly #reading = new Map<string, Promise<readonly Cue[]>>();
  readonly #tracks = new Map<string, SoundTrack>();

  constructor(parts: FilmExtrasParts) {
    this.#parts = parts;
  }

  /** Throws MediaError `ffmpeg-missing` for a film that was never looked at, and as `Ffmpeg.run`. */
  async extra(file: VideoFile): Promise<FilmExtra> {
    const { sound, subtitles } = await this.#find(file);
    const inside = subtitles.flatMap((track, place): SubtitleTrack[] =>
      track === undefined ? [] : [{ ...track, source: { kind: "inside", place } }]
    );
    const beside = (await sideSubtitles(file.path)).map((side): SubtitleTrack => ({
      language: side.language,
      title: undefined,
      source: { kind: "beside", file: side },
    }));
    return { sound, subtitles: [...beside, ...inside] };
  }

  /** Track `place` of sound, from 0. Throws MediaError `no-such-track`, and as `extra`. */
  async soundTrack(file: VideoFile, place: number, durationMs: number): Promise<SoundTrack> {
    const { sound, pictureStartMs } = await this.#find(file);
    if (sound[place] === undefined) {
      throw new MediaError("no-such-track", "Cannot play sound: the video has no such track");
    }
    const { ffmpeg, shelf, scope, isPinned } = this.#parts;
    const folder = `${await this.#parts.folderOf(file)}/sound-${place}`;
    const track = this.#tracks.get(folder) ?? new SoundTrack({
      ...{ folder, track: place, pictureStartMs, durationMs },
      ...{ ffmpeg, shelf, scope, isPinned, inputPath: file.path },
    });
    this.#tracks.set(folder, track);
    return track;
  }

  /** Throws MediaError `subtitles-unreadable`, and as `extra`. */
  async cues(file: VideoFile, { source }: SubtitleTrack): Promise<readonly Cue[]> {
    if (source.kind === "beside") return parseCues(await readSideFile(source.file));
    const path = `${await this.#parts.folderOf(file)}/subtitles-${source.place}.vtt`;
    return await once(this.#reading, path, () => this.#inside(file, source.place, path));
  }

  async #inside(file: VideoFile, place: number, path: string): Promise<readonly Cue[]> {
    const { pictureStartMs } = await this.#find(file);
    const kept = await readFile(path);
    const bytes = kept.length > 0 ? kept : utf8(await this.#extract(file, place));
    if (kept.length === 0) await writeFile(path, bytes);
    return parseCues(decodeSubtitles(bytes)).map(({ fromMs, untilMs, text }) => ({
      fromMs: Math.max(0, fromMs - pictureStartMs),
      untilMs: Math.max(1, untilMs - pictureStartMs),
      text,
    }));
  }

  async #extract(file: VideoFile, place: number): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    await this.#needFfmpeg().run({
      inputPath: file.path,
      lane: "sound",
      outputArgs: ["-map", `0:s:${place}`, "-vn", "-an", "-dn", "-f", "webvtt", "-"],
      timeLimitMs: SUBTITLES_TIME_LIMIT_MS,
      onOutput: (piece) => {
        text += decoder.decode(piece, { stream: true });
        if (text.length > SUBTITLES_MAX_BYTES) {
          throw new MediaError(
            "subtitles-unreadable",
            "Cannot read subtitles: they are over 2 MiB",
          );
        }
        return Promise.resolve();
      },
    }, { signal: this.#parts.scope.signal });
    return text;
  }

  async #find(file: VideoFile): Promise<FilmTracks> {
    const path = `${await this.#parts.folderOf(file)}/tracks.hgk`;
    return await once(this.#finding, path, async () => {
      const kept = decodeTracks(await readFile(path));
      if (kept !== undefined) return kept;
      const { signal } = this.#parts.scope;
      const found = await findTracks(this.#needFfmpeg(), file.path, { signal });
      await writeFile(path, encodeTracks(found));
      return found;
    });
  }

  #needFfmpeg(): Ffmpeg {
    if (this.#parts.ffmpeg !== undefined) return this.#parts.ffmpeg;
    throw new MediaError("ffmpeg-missing", "Cannot read video: there is no ffmpeg");
  }
}

/** One of them. */
export interface SideSubtitles {
  readonly path: string;
  /** As the name says it. */
  readonly language: string | undefined;
}

const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i;

/** Those of a film, in the order of their names. Only regular files: no links (SR-75). */
async function sideSubtitles(filmPath: string): Promise<readonly SideSubtitles[]> {
  const folder = dirname(filmPath);
  const stem = basename(filmPath, extname(filmPath));
  const found: SideSubtitles[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const extension = extname(name).toLowerCase();
    if (!isFile || ![".srt", ".vtt"].includes(extension) || !name.startsWith(`${stem}.`)) continue;
    const middle = name.slice(stem.length + 1, -extension.length).split(".");
    const language = middle.find((part) => LANGUAGE.test(part))?.toLowerCase();
    found.push({ path: join(folder, name), language });
  }
  found.sort((a, b) => a.path < b.path ? -1 : 1);
  return found.slice(0, SUBTITLE_TRACKS_MAX);
}

/** Throws MediaError `subtitles-unreadable`. */
async function readSideFile({ path }: SideSubtitles): Promise<string> {
  const info = await Deno.lstat(path);
  if (!info.isFile || info.size > SUBTITLES_MAX_BYTES) {
    throw new MediaError("subtitles-unreadable", "Cannot read subtitles: no file of up to 2 MiB");
  }
  return decodeSubtitles(await Deno.readFile(path));
}
