/** The Worker that decodes foreign pictures, or encodes them for the terminal: neither typing nor the network waits for that. */

import { describeError } from "../../base/errors.ts";
import { systemRandom } from "../../base/random.ts";
import { decodeStill } from "../../media/stills/still_decoder.ts";
import type { PixelEncoder } from "../../terminal/graphics/encoder.ts";
import { encodeStill } from "./encode_still.ts";
import type { StillAnswer, StillRequest } from "./still_message.ts";

/** The part of a Worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<StillRequest>) => void) | null;
  postMessage(message: StillAnswer, transfer: Transferable[]): void;
}

// This module only ever runs in a Worker; the types of the project are those of the main thread.
const scope = globalThis as unknown as WorkerScope;

/** By then a terminal has taken what was handed to it by memory. */
const MAX_OPEN = 16;

let open: PixelEncoder[] = [];

function answer(request: StillRequest): StillAnswer {
  switch (request.kind) {
    case "decode":
      return { kind: "decoded", result: decodeStill(request.file, request.options) };
    case "encode": {
      const { bitmap, placement, options } = request;
      const { encoder, ...still } = encodeStill(bitmap, placement, options, systemRandom);
      if (encoder !== undefined) open.push(encoder);
      while (open.length > MAX_OPEN) open.shift()?.close();
      return { kind: "encoded", still };
    }
    case "close":
      for (const encoder of open) encoder.close();
      open = [];
      return { kind: "closed" };
  }
}

/** The pixels change hands. */
function transferOf(message: StillAnswer): Transferable[] {
  return message.kind === "decoded" && message.result.ok
    ? [message.result.bitmap.rgb.buffer as ArrayBuffer]
    : [];
}

scope.onmessage = ({ data }) => {
  let message: StillAnswer;
  try {
    message = answer(data);
  } catch (error) {
    message = { kind: "failed", reason: describeError(error) };
  }
  scope.postMessage(message, transferOf(message));
};
