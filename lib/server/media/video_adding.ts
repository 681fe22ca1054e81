/** The video that one session adds to the library. */

import type { Bytes } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { RequestFields } from "../../protocol/hop/mod.ts";
import { refuse } from "../../protocol/failure.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import type { ArrivingVideo } from "./arriving_videos.ts";
import type { Library } from "./library.ts";

const log = logger("server", "library");

/** The client is told about once for so much. */
const TELL_BYTES = 256 * 1024;

/** Closed with its session. */
export class VideoAdding {
  readonly #line: ClientLine;
  #adding: { readonly upload: number; readonly video: ArrivingVideo } | undefined;
  #toldBytes = 0;
  #isClosed = false;

  constructor(line: ClientLine) {
    this.#line = line;
  }

  /** What was begun before is left. Returns how much of it is stored. Throws as `Library.receive`. */
  async begin(
    library: Library,
    account: AccountId,
    { upload, file, ...what }: RequestFields<"video.add">,
  ): Promise<number> {
    await this.#take()?.leave();
    const goesOn = file === undefined ? undefined : { account, file };
    const video = await library.receive({ ...what, goesOn });
    if (this.#isClosed) await video.leave();
    else this.#adding = { upload, video };
    this.#toldBytes = video.storedBytes;
    return video.storedBytes;
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
    return await library.finish(adding.video);
  }

  /** It is not to become one of the library. */
  async discard(): Promise<void> {
    await this.#take()?.discard();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#take()?.leave();
  }

  async #fail(problem: string): Promise<void> {
    const upload = this.#adding?.upload ?? 0;
    await this.discard();
    this.#line.push("video.stored", { upload, storedBytes: 0, problem });
  }

  #take(): ArrivingVideo | undefined {
    const video = this.#adding?.video;
    this.#adding = undefined;
    return video;
  }
}
