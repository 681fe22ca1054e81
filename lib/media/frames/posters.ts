/** Small pictures of videos, for lists and for the line below one: made once, then kept beside what is known of the file. */

import { MediaError } from "../../base/errors.ts";
import type { Scope } from "../../base/scope.ts";
import { POSTER_MAX_BYTES } from "../../protocol/limits.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { checkJpeg } from "../picture/jpeg_check.ts";
import type { VideoFile } from "../library/renditions.ts";
import { once, readFile, type SourceFacts, writeFile } from "../library/source_facts.ts";
import { makePoster, type Poster } from "./poster.ts";

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
      if (check.ok) {
        const { widthPx, heightPx } = check.facts;
        return { widthPx, heightPx, jpeg: kept };
      }
      const made = await this.#make(file, tenth);
      await writeFile(path, made.jpeg);
      return made;
    });
  }

  async #make(file: VideoFile, tenth: number | undefined): Promise<Poster> {
    const { ffmpeg, facts: known, scope: { signal } } = this.#parts;
    const facts = await known.watchable(file);
    const head = await known.timelineHead(file);
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot make poster: there is no ffmpeg");
    }
    return await makePoster(ffmpeg, file.path, {
      facts,
      durationMs: head?.durationMs ?? facts.durationMs ?? 0,
      tenth,
      maxBytes: POSTER_MAX_BYTES,
      signal,
    });
  }
}
