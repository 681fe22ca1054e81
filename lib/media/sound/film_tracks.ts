/** Which tracks of sound and of subtitles a film has, by ffmpeg's own words: there is no ffprobe in its npm build. */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { type Random, randomHex, systemRandom } from "../../base/random.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { ShowinfoParser } from "../ffmpeg/showinfo.ts";

/** One track of a film. */
export interface FilmTrack {
  /** ISO 639 as the file says it: `eng`, `de`. */
  readonly language: string | undefined;
  /** E.g. `Commentary`. */
  readonly title: string | undefined;
}

/** What a film has beside its pictures. */
export interface FilmTracks {
  /** When its first picture is shown, by the file's own time. */
  readonly pictureStartMs: number;
  readonly sound: readonly FilmTrack[];
  /** Undefined where the subtitles are pictures, which nobody can read here: the place counts all the same. */
  readonly subtitles: readonly (FilmTrack | undefined)[];
}

/** More are not offered. */
export const SOUND_TRACKS_MAX = 16;
/** The same of subtitles. */
export const SUBTITLE_TRACKS_MAX = 32;
/** UTF-16 units. */
const TRACK_TITLE_MAX_LENGTH = 80;

const TIME_LIMIT_MS = 20_000;
/** A first picture that comes later than this is no matter of sound that belongs to it. */
const LONGEST_START_MS = 600_000;
const PICTURE_SUBTITLES = /^(?:dvd|dvb|hdmv_pgs|xsub)/;

/** Reads the beginning of a film. Throws only what `Ffmpeg.run` throws. */
export async function findTracks(
  ffmpeg: Ffmpeg,
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly random?: Random } = {},
): Promise<FilmTracks> {
  const reader = new TrackReader(randomHex(options.random ?? systemRandom, 8));
  await ffmpeg.run({
    inputPath: path,
    lane: "sound",
    outputArgs: [
      ...["-map", "0:V:0", "-vf", reader.filter, "-frames:v", "1", "-vsync", "passthrough"],
      ...["-f", "null", "-"],
    ],
    timeLimitMs: TIME_LIMIT_MS,
    onLine: (line) => reader.take(line),
  }, options);
  return reader.tracks();
}

/** Collects tracks from the lines of a run. */
export class TrackReader {
  readonly #showinfo: ShowinfoParser;
  readonly #sound: { language: string | undefined; title: string | undefined }[] = [];
  readonly #subtitles: ({ language: string | undefined; title: string | undefined } | undefined)[] =
    [];
  #last: { title: string | undefined } | undefined;
  #isOver = false;
  #msPerTick = 0;
  #pictureStartMs = 0;
  #hasPicture = false;

  constructor(randomWord: string) {
    this.#showinfo = new ShowinfoParser(randomWord);
  }

  get filter(): string {
    return this.#showinfo.filter;
  }

  /** True when the line needs not be kept. */
  take(line: string): boolean {
    const said = this.#showinfo.parse(line);
    if (said?.kind === "config") this.#msPerTick = said.tickSeconds * 1000;
    if (said?.kind === "frame" && !this.#hasPicture) {
      this.#hasPicture = true;
      const startMs = Math.round(said.pts * this.#msPerTick);
      if (startMs > 0 && startMs <= LONGEST_START_MS) this.#pictureStartMs = startMs;
    }
    // What comes behind is about the output.
    if (/^(?:Stream mapping:|Output #0)/.test(line)) this.#isOver = true;
    if (this.#isOver) return true;
    const track = parseTrack(line);
    if (track !== undefined) {
      this.#last = undefined;
      if (track.kind === "Audio" && this.#sound.length < SOUND_TRACKS_MAX) {
        this.#last = track;
        this.#sound.push(track);
      }
      if (track.kind === "Subtitle" && this.#subtitles.length < SUBTITLE_TRACKS_MAX) {
        const isText = !PICTURE_SUBTITLES.test(track.codec);
        this.#last = isText ? track : undefined;
        this.#subtitles.push(isText ? track : undefined);
      }
      return true;
    }
    const [, title] = /^ {4,8}title {1,14}: (.*)$/.exec(line) ?? [];
    if (title !== undefined && this.#last !== undefined) this.#last.title ??= trackTitle(title);
    return true;
  }

  tracks(): FilmTracks {
    const plain = ({ language, title }: FilmTrack) => ({ language, title });
    return {
      pictureStartMs: this.#pictureStartMs,
      sound: this.#sound.map(plain),
      subtitles: this.#subtitles.map((track) => track && plain(track)),
    };
  }
}

/** Of 4.1 `    Stream #0:1(eng): Audio: aac (LC), …`, of 5.1 with the id of the container: `  Stream #0:1[0x2](und): Audio: …`. */
function parseTrack(line: string) {
  const found =
    /^ {2,6}Stream #0:\d{1,3}(?:\[0x[0-9a-f]{1,8}\])?(?:\(([a-zA-Z-]{2,8})\))?: (Audio|Video|Subtitle|Data|Attachment): ([a-z0-9_]{1,32})/
      .exec(line);
  if (found === null) return undefined;
  const [, language, kind, codec] = found;
  const known = language === "und" ? undefined : language?.toLowerCase();
  return { kind, codec, language: known, title: undefined as string | undefined };
}

/** A title as it may be shown; undefined when nothing is left of it. */
function trackTitle(foreign: string): string | undefined {
  const title = onOneLine(safeText(foreign.slice(0, TRACK_TITLE_MAX_LENGTH)));
  return title === "" ? undefined : title;
}

// The tracks as a file of the cache.

const MAGIC = 0x48475452; // "HGTR"
const VERSION = 1;

/** The tracks as they are kept. What is not known is empty. */
export function encodeTracks({ pictureStartMs, sound, subtitles }: FilmTracks): Bytes {
  const writer = new ByteWriter().u32(MAGIC).u8(VERSION).u32(pictureStartMs);
  for (const tracks of [sound, subtitles]) {
    writer.u8(tracks.length);
    for (const track of tracks) {
      writer.u8(track === undefined ? 0 : 1).text(track?.language ?? "").text(track?.title ?? "");
    }
  }
  return writer.finish();
}

/** Reads what `encodeTracks` wrote; undefined for anything else. */
export function decodeTracks(bytes: Bytes): FilmTracks | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return undefined;
  const pictureStartMs = reader.u32();
  const readTracks = () =>
    Array.from({ length: reader.u8() }, () => {
      const isText = reader.u8() === 1;
      const [language, title] = [reader.text() || undefined, reader.text() || undefined];
      return isText ? { language, title } : undefined;
    });
  const sound = readTracks().filter((track) => track !== undefined);
  const subtitles = readTracks();
  return reader.done ? { pictureStartMs, sound, subtitles } : undefined;
}
