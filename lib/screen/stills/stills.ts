/** Foreign pictures for a terminal: decoded and encoded in Workers of their own, within their time (SR-67a). */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Clock } from "../../base/clock.ts";
import { HeliographError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { StillOptions, StillResult } from "../../media/stills/still_decoder.ts";
import type { PainterOptions } from "../frame_painter.ts";
import type { CroppedPlacement } from "./crop.ts";
import type { EncodedStill } from "./still_message.ts";
import { StillThread } from "./still_thread.ts";

const log = logger("screen", "stills");

/** The largest picture that is taken needs one to two seconds of a processor. */
const DECODE_MS = 5_000;
const ENCODE_MS = 5_000;

/** What they are opened with. */
export interface StillsOptions {
  readonly clock: Pick<Clock, "after">;
  /** Starts a Worker; another one in tests. */
  readonly startWorker?: () => Worker;
}

/** Whoever opens them closes them. No Worker runs while nothing is asked. */
export class Stills implements AsyncDisposable {
  readonly #decoder: StillThread;
  readonly #encoder: StillThread;

  constructor(options: StillsOptions) {
    this.#decoder = new StillThread({ ...options, limitMs: DECODE_MS });
    this.#encoder = new StillThread({ ...options, limitMs: ENCODE_MS });
  }

  /** Takes the bytes over. One at a time. What cannot be drawn, for whatever reason, is a problem, never a throw. */
  async decode(file: Uint8Array<ArrayBuffer>, options: StillOptions): Promise<StillResult> {
    try {
      const answer = await this.#decoder.ask({ kind: "decode", file, options }, [file.buffer]);
      if (answer?.kind === "decoded") return answer.result;
      return { ok: false, problem: "too-slow" };
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      log.warn("decoder failed", { reason: error.message });
      return { ok: false, problem: "damaged" };
    }
  }

  /** What puts a decoded picture on the terminal; undefined when it cannot be made. */
  async encode(
    bitmap: Bitmap,
    placement: CroppedPlacement,
    options: PainterOptions,
  ): Promise<EncodedStill | undefined> {
    try {
      const answer = await this.#encoder.ask({ kind: "encode", bitmap, placement, options });
      return answer?.kind === "encoded" ? answer.still : undefined;
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      log.warn("encoder failed", { reason: error.message });
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#decoder.close(), this.#encoder.close()]);
  }
}
