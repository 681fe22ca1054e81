/** Cuts the output of `ffmpeg -f mpjpeg` into JPEGs by the length that its headers announce. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";

/** `--ffmpeg`, content type and content length: under 80 bytes in ffmpeg 4.1 and 5.1. */
const HEADER_MAX_BYTES = 512;
/** A 1080p picture of pure noise at quality 5 has 1.6 MB. */
const FRAME_MAX_BYTES = 16 * 1024 * 1024;
const HEADER_END = [13, 10, 13, 10];

type State =
  | { readonly in: "header"; readonly text: number[]; matched: number }
  | { readonly in: "frame"; readonly bytes: Bytes; filled: number };

/** Incremental: pieces may end anywhere. Each frame comes in a fresh buffer that is the caller's. */
export class MpjpegParser {
  #state: State = newHeader();

  /** The frames that end in this piece. Throws `MediaError` ("ffmpeg-output") when it is no such stream. */
  *push(piece: Uint8Array): Generator<Bytes> {
    let at = 0;
    while (at < piece.length) {
      const state = this.#state;
      if (state.in === "header") {
        at = this.#readHeader(state, piece, at);
      } else {
        const part = piece.subarray(at, at + state.bytes.length - state.filled);
        state.bytes.set(part, state.filled);
        state.filled += part.length;
        at += part.length;
        if (state.filled === state.bytes.length) {
          this.#state = newHeader();
          yield state.bytes;
        }
      }
    }
  }

  #readHeader(state: State & { in: "header" }, piece: Uint8Array, from: number): number {
    let at = from;
    while (at < piece.length && state.matched < HEADER_END.length) {
      const byte = piece[at++];
      state.text.push(byte);
      if (byte === HEADER_END[state.matched]) state.matched++;
      else state.matched = byte === HEADER_END[0] ? 1 : 0;
      if (state.text.length > HEADER_MAX_BYTES) throw malformed("its header has no end");
    }
    if (state.matched === HEADER_END.length) {
      const length = /\r\nContent-length: (\d{1,9})\r\n/i.exec(
        `\r\n${String.fromCharCode(...state.text)}`,
      )?.[1];
      if (length === undefined) throw malformed("it announces no length");
      const sizeBytes = Number(length);
      if (sizeBytes === 0 || sizeBytes > FRAME_MAX_BYTES) {
        throw malformed(`frame of ${sizeBytes} bytes, limit is ${FRAME_MAX_BYTES}`);
      }
      this.#state = { in: "frame", bytes: new Uint8Array(sizeBytes), filled: 0 };
    }
    return at;
  }
}

function newHeader(): State {
  return { in: "header", text: [], matched: 0 };
}

function malformed(what: string): MediaError {
  return new MediaError("ffmpeg-output", `Cannot read the output of ffmpeg: ${what}`);
}
