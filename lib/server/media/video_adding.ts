/** The video that one session adds to the library. */

import type { Bytes } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { RequestFields } from "../../protocol/hop/mod.ts";
import { refuse } from "../../protocol/failure.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import type { ArrivingVideo } from "./added_video.ts";
import type { Library } from "./library.ts";

const log = logger("server", "library");

/** The client is told about once for so much. */
const TELL_BYTES = 256 * 1024;

/** Closed with its session. */
export class VideoAdding {
  readonly #line: ClientLine;
  #adding:
    | { readonly upload: number; readonly extension: string; readonly video: ArrivingVideo }
    | undefined;
  #toldBytes = 0;
  #isClosed = false;

  constructor(line: ClientLine) {
    this.#line = line;
  }

  /** What was begun before is forgotten. Throws as `Library.receive`. */
  async begin(library: Library, { upload, ...what }: RequestFields<"video.add">): Promise<void> {
    await this.#forget();
    const video = await library.receive(what);
    if (this.#isClosed) return await video.discard();
    this.#toldBytes = 0;
    this.#adding = { upload, extension: what.extension, video };
  }

  /** Takes the next piece. Resolves when it is stored: no more is read before. */
  async piece(
    { upload, offset }: { readonly upload: number; readonly offset: number },
    bytes: Bytes,
  ): Promise<void> {
    const adding = this.#adding;
    if (adding?.upload !== upload) return;
    const { video } = adding;
    try {
      if (!await video.append(offset, bytes)) {
        return await this.#fail("its pieces do not fit together");
      }
    } catch (error) {
      log.warn("video not stored", { reason: describeError(error) });
      return await this.#fail("the server's disk did not take it");
    }
    const { storedBytes, sizeBytes } = video;
    if (storedBytes < sizeBytes && storedBytes - this.#toldBytes < TELL_BYTES) return;
    this.#toldBytes = storedBytes;
    this.#line.push("video.stored", { upload, storedBytes });
  }

  /** Throws Refusal `unknown-upload` while something is missing, and as `Library.finish`. */
  async finish(library: Library, upload: number): Promise<{ name: string; sizeBytes: number }> {
    const adding = this.#adding;
    const isWhole = adding?.upload === upload &&
      adding.video.storedBytes === adding.video.sizeBytes;
    if (!isWhole) throw refuse("unknown-upload", "This video has not come whole");
    this.#adding = undefined;
    return await library.finish(adding.video, adding.extension);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#forget();
  }

  async #fail(problem: string): Promise<void> {
    const upload = this.#adding?.upload ?? 0;
    await this.#forget();
    this.#line.push("video.stored", { upload, storedBytes: 0, problem });
  }

  async #forget(): Promise<void> {
    const before = this.#adding;
    this.#adding = undefined;
    await before?.video.discard();
  }
}
