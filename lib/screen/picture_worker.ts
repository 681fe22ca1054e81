/** The Worker that decodes and encodes pictures, so that neither typing nor the network waits for them. */

import { freeBytes } from "../base/bytes.ts";
import { describeError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import { LocalPainter } from "./frame_painter.ts";
import type { PainterAnswer, PainterRequest } from "./painter_message.ts";

/** The part of a Worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PainterRequest>) => void) | null;
  postMessage(message: PainterAnswer, transfer: Transferable[]): void;
}

// This module only ever runs in a Worker; the types of the project are those of the main thread.
const scope = globalThis as unknown as WorkerScope;

let painter: LocalPainter | undefined;

async function answer(request: PainterRequest): Promise<PainterAnswer> {
  if (request.kind === "open") {
    painter = await LocalPainter.open(request.options, systemRandom);
    return { kind: "opened" };
  }
  if (painter === undefined) return { kind: "failed", reason: "the painter is not open" };
  switch (request.kind) {
    case "paint": {
      const { frame, placement, detail } = request;
      const result = await painter.paint(frame, placement, detail);
      // It came to this thread for good.
      freeBytes(frame.jpegBytes);
      return { kind: "painted", result };
    }
    case "erase":
      return { kind: "erased", bytes: await painter.erase() };
    case "close":
      await painter.close();
      return { kind: "closed" };
  }
}

/** The picture's bytes change hands: they are the answer's alone. But for none at all, which encoders give again and again. */
function transferOf(message: PainterAnswer): Transferable[] {
  const bytes = message.kind === "erased"
    ? message.bytes
    : message.kind === "painted" && message.result.ok
    ? message.result.bytes
    : undefined;
  return bytes === undefined || bytes.length === 0 ? [] : [bytes.buffer];
}

scope.onmessage = async ({ data }) => {
  let message: PainterAnswer;
  try {
    message = await answer(data);
  } catch (error) {
    message = { kind: "failed", reason: describeError(error) };
  }
  scope.postMessage(message, transferOf(message));
};
