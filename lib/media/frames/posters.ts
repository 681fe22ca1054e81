/** Small pictures of videos, for lists and for the line below one: made once, then kept beside what is known of the file. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { Scope } from "../../base/scope.ts";
import { POSTER_MAX_BYTES } from "../../protocol/limits.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { checkJpeg, type JpegFacts } from "../picture/jpeg_check.ts";
import { MpjpegParser } from "../ffmpeg/mpjpeg.ts";
import { pictureFilters } from "../ffmpeg/picture_filters.ts";
import type { VideoFacts } from "../ffmpeg/probe.ts";
import type { VideoFile } from "../library/renditions.ts";
import { once, readFile, type SourceFacts, writeFile } from "../library/source_facts.ts";

/** Greatest size: a list draws it smaller, and JPEG blocks are not seen then. */
const BOX = { widthPx: 320, heightPx: 240 };
/** ffmpeg's scale. A picture of rain and confetti may not fit at the first. */
const QUALITIES = [5, 10, 20, 31] as const;
/** The poster is one of so many pictures from here on: the one that is most like the others, so neither black nor in a fade. */
const POSTER_TENTH = 1;
const POSTER_OF_FRAMES = 48;
const TIME_LIMIT_MS = 20_000;

/** A picture as it is sent. */
export interface Poster {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Bytes;
}

interface PostersParts {
  readonly ffmpeg: Ffmpeg | undefined;
  readonly facts: SourceFacts;
  readonly scope: Scope;
}

/** Belongs to a frame store. */
export class Posters {
  readonly #parts: PostersParts;
  readonly #making = new Map<string, Promise<Poster>>();

  constructor(parts: PostersParts) {
    this.#parts = parts;
  }

  /**
   * What is seen so many tenths of the video's length after its beginning; without a number the picture that stands for it.
   * Throws MediaError: "video-refused", "video-undecodable", "ffmpeg-missing", and what `Ffmpeg.run` throws.
   */
  async poster(file: VideoFile, tenth: number | undefined): Promise<Poster> {
    const name = tenth === undefined ? "poster.jpg" : `poster-${tenth}.jpg`;
    const path = `${await this.#parts.facts.folderOf(file)}/${name}`;
    return await once(this.#making, path, async () => {
      const kept = await readFile(path);
      const check = checkJpeg(kept);
      if (check.ok) return { ...sizeOf(check.facts), jpeg: kept };
      const made = await this.#make(file, tenth);
      await writeFile(path, made.jpeg);
      return made;
    });
  }

  async #make(file: VideoFile, tenth: number | undefined): Promise<Poster> {
    const facts = await this.#parts.facts.watchable(file);
    const head = await this.#parts.facts.timelineHead(file);
    const durationMs = head?.durationMs ?? facts.durationMs ?? 0;
    const fromMs = Math.floor(durationMs * (tenth ?? POSTER_TENTH) / 10);
    const size = sizeIn(facts);
    const choice = tenth === undefined ? `thumbnail=${POSTER_OF_FRAMES}` : undefined;
    const filters = pictureFilters({ ...size, colours: facts }, choice);
    for (const quality of QUALITIES) {
      const picture = { filters, quality };
      // A file that cannot be begun there, or announces more than it holds, has its beginning.
      const jpeg = await this.#extract(file, { ...picture, fromMs }) ??
        (fromMs > 0 ? await this.#extract(file, { ...picture, fromMs: 0 }) : undefined);
      if (jpeg === undefined) break;
      if (jpeg.length <= POSTER_MAX_BYTES) return { ...size, jpeg };
    }
    throw new MediaError("video-undecodable", "Cannot make poster: no picture came");
  }

  async #extract(
    file: VideoFile,
    { filters, quality, fromMs }: {
      readonly filters: string;
      readonly quality: number;
      readonly fromMs: number;
    },
  ): Promise<Bytes | undefined> {
    const { ffmpeg, scope } = this.#parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot make poster: there is no ffmpeg");
    }
    const parser = new MpjpegParser();
    let jpeg: Bytes | undefined;
    await ffmpeg.run({
      ...{ inputPath: file.path, fromMs, timeLimitMs: TIME_LIMIT_MS, lane: "poster" },
      outputArgs: [
        ...["-map", "0:V:0", "-vf", filters, "-frames:v", "1", "-c:v", "mjpeg"],
        ...["-q:v", `${quality}`, "-huffman", "optimal", "-f", "mpjpeg", "-"],
      ],
      onOutput: (piece) => {
        for (const one of parser.push(piece)) jpeg ??= one;
        return Promise.resolve();
      },
    }, { signal: scope.signal });
    return jpeg;
  }
}

function sizeOf({ widthPx, heightPx }: JpegFacts) {
  return { widthPx, heightPx };
}

/** As large as the box, never larger than it is; even, since 4:2:0 halves it. */
function sizeIn({ widthPx, heightPx }: VideoFacts) {
  const scale = Math.min(1, BOX.widthPx / widthPx, BOX.heightPx / heightPx);
  const even = (px: number) => Math.max(2, 2 * Math.round(px * scale / 2));
  return { widthPx: even(widthPx), heightPx: even(heightPx) };
}
