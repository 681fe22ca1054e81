/** Puts the parts of a frame together again. Whatever the server announces is checked before it is believed. */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { RungLimit, RungName, VideoMode } from "../../protocol/hop/video.ts";

/** One picture of a video, as the watcher gets it. */
export interface PlayedFrame extends Picture {
  readonly epoch: number;
  readonly mode: VideoMode;
  readonly rendition: RungName;
  /** In mode `adaptive`: why it is no larger, and they are no more. */
  readonly limit: RungLimit | undefined;
  /** Place in its own rendition, from 0. */
  readonly source: number;
  readonly total: number;
}

type Part = PushFields<"video.frame">;

/** Takes the parts of one stream in order and gives whole frames. */
export class FrameAssembly {
  #partial: { readonly first: Part; readonly jpeg: Bytes; filled: number } | undefined;

  /** Takes a part; returns the frame that it completes. Throws ProtocolError when it does not fit to the one before. */
  add(part: Part, payload: Bytes): PlayedFrame | undefined {
    if (part.offset === 0) {
      this.#partial = { first: part, jpeg: new Uint8Array(part.size), filled: 0 };
    }
    const partial = this.#partial;
    if (partial === undefined || !continues(partial, part, payload)) {
      this.#partial = undefined;
      throw new ProtocolError(
        "bad-frame",
        "Cannot read video frame: its parts do not fit together",
      );
    }
    partial.jpeg.set(payload, part.offset);
    partial.filled += payload.length;
    if (partial.filled < partial.jpeg.length) return undefined;
    this.#partial = undefined;
    return {
      epoch: part.epoch,
      mode: part.mode,
      rendition: part.rendition,
      limit: part.limit,
      index: part.index,
      source: part.source,
      total: part.total,
      widthPx: part.width,
      heightPx: part.height,
      ptsMs: part.pts,
      sizeBytes: part.size,
      jpeg: partial.jpeg,
    };
  }
}

function continues(
  partial: { readonly first: Part; readonly filled: number },
  part: Part,
  payload: Bytes,
): boolean {
  const { first } = partial;
  return part.index === first.index && part.epoch === first.epoch && part.size === first.size &&
    part.offset === partial.filled && payload.length > 0 &&
    part.offset + payload.length <= part.size;
}

// A picture to be shown, whatever it comes from: a video of the library, or a live stream.

/** What whoever draws or keeps it needs of it. */
export interface Picture {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly ptsMs: number;
  readonly sizeBytes: number;
  readonly jpeg: Bytes;
}
