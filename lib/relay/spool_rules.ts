/** What is taken and given of an upload on its way, whether it is stored or handed on: chunks in order, blocks whole. */

import { ProtocolError } from "../base/errors.ts";
import { SPOOL_BLOCK_BYTES } from "../protocol/hop/spool.ts";
import { FILE_STEP_BYTES } from "../protocol/limits.ts";

/** An upload that somebody writes. */
export interface Writing {
  /** The writer's number for it. */
  readonly opening: number;
  /** Where the next chunk belongs. */
  readonly endBytes: number;
  readonly sizeBytes: number;
}

/**
 * Whether this is the next chunk. Others are passed over: the upload was refused, released, removed or opened anew meanwhile, and
 * more of it was on its way. Throws ProtocolError for one that is neither of whole steps nor the last, or beyond the announced
 * size. That none is too long its definition says.
 */
export function isNextChunk(
  { opening, endBytes, sizeBytes }: Writing,
  chunk: { readonly opening: number; readonly offset: number },
  length: number,
): boolean {
  if (chunk.opening !== opening || chunk.offset !== endBytes) return false;
  const isLast = endBytes + length === sizeBytes;
  if (length % FILE_STEP_BYTES !== 0 && !isLast || length === 0) {
    throw new ProtocolError(
      "bad-message",
      `Cannot take spool.chunk: it is neither of whole steps nor the last of ${sizeBytes} bytes`,
    );
  }
  if (endBytes + length > sizeBytes) {
    throw new ProtocolError("bad-message", "Cannot take spool.chunk: more than announced");
  }
  return true;
}

/** An opening begins where a block does: chunks of two openings must not come into one. Throws ProtocolError. */
export function requireBlockStart(skipBytes: number, sizeBytes: number): void {
  if (skipBytes % SPOOL_BLOCK_BYTES === 0 && skipBytes <= sizeBytes) return;
  throw new ProtocolError("bad-message", "Cannot begin upload: no block begins there");
}

/** What may be read of what is stored: whole blocks, or all of it. */
export function wholeBlocks(storedBytes: number, sizeBytes: number): number {
  return storedBytes === sizeBytes ? storedBytes : storedBytes - storedBytes % SPOOL_BLOCK_BYTES;
}
