/** The screen's side of the Worker. */

import { type Bytes, freeBytes } from "../base/bytes.ts";
import { MediaError } from "../base/errors.ts";
import type { PictureDetail } from "../terminal/graphics/encoder.ts";
import type { Placement } from "../terminal/graphics/placement.ts";
import {
  type FramePainter,
  LocalPainter,
  type PainterOptions,
  type PaintResult,
  type VideoFrame,
} from "./frame_painter.ts";
import type { PainterAnswer, PainterRequest } from "./painter_message.ts";
import type { Random } from "../base/random.ts";
import type { Capabilities, GraphicsMethod } from "../terminal/capability/capability.ts";
import { encoderNeeds } from "../terminal/graphics/open_encoder.ts";

/** Paints in a Worker of its own. */
export class WorkerPainter implements FramePainter {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<PainterAnswer> | undefined;
  #failure: MediaError | undefined;
  #isClosed = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<PainterAnswer>) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (data.kind === "failed") waiting?.reject(failure(data.reason));
      else waiting?.resolve(data);
    };
    worker.onerror = (event) => {
      // Otherwise the whole program ends with it.
      event.preventDefault();
      this.#failure = failure(event.message);
      this.#waiting?.reject(this.#failure);
      this.#waiting = undefined;
    };
  }

  static async open(options: PainterOptions): Promise<WorkerPainter> {
    const worker = new Worker(new URL("./picture_worker.ts", import.meta.url), { type: "module" });
    const painter = new WorkerPainter(worker);
    try {
      await painter.#ask({ kind: "open", options });
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return painter;
  }

  /** Throws `MediaError` when the Worker has failed. */
  async paint(
    frame: VideoFrame,
    placement: Placement,
    detail?: PictureDetail,
  ): Promise<PaintResult> {
    // A copy that can be given away: the frame may be a view of a packet.
    const jpegBytes = frame.jpegBytes.slice();
    const request = { kind: "paint", frame: { ...frame, jpegBytes }, placement, detail } as const;
    const answer = await this.#ask(request, [jpegBytes.buffer]);
    if (answer.kind !== "painted") throw failure(`it answered ${answer.kind}`);
    return answer.result;
  }

  /** Throws `MediaError` when the Worker has failed. */
  async erase(): Promise<Bytes> {
    const answer = await this.#ask({ kind: "erase" });
    if (answer.kind !== "erased") throw failure(`it answered ${answer.kind}`);
    return answer.bytes;
  }

  release(bytes: Bytes): void {
    if (bytes.length > 0) freeBytes(bytes);
  }

  /** Lets the Worker clean up, and ends it. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (this.#failure === undefined) await this.#ask({ kind: "close" });
    } finally {
      this.#worker.terminate();
    }
  }

  #ask(request: PainterRequest, transfer: Transferable[] = []): Promise<PainterAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#waiting = Promise.withResolvers();
    this.#worker.postMessage(request, transfer);
    return this.#waiting.promise;
  }
}

function failure(reason: string): MediaError {
  return new MediaError("picture-worker", `Cannot draw pictures: ${reason}`);
}

// Which thread paints.

/**
 * Undefined when nothing is to be drawn. Pixels are made in a Worker; passing a JPEG on takes less time than sending it to one.
 * Throws `MediaError` when the Worker cannot be started. Whoever opens it closes it.
 */
export async function openPainter(
  method: GraphicsMethod,
  capabilities: Capabilities,
  random: Random,
): Promise<FramePainter | undefined> {
  if (method === "none") return undefined;
  const options = { method, capabilities };
  return encoderNeeds(method, capabilities) === "pixels"
    ? await WorkerPainter.open(options)
    : await LocalPainter.open(options, random);
}
