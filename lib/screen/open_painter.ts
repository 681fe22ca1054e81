/** Which thread paints. */

import type { Random } from "../base/random.ts";
import type { Capabilities, GraphicsMethod } from "../terminal/capability.ts";
import { encoderNeeds } from "../terminal/graphics/open_encoder.ts";
import { type FramePainter, LocalPainter } from "./frame_painter.ts";
import { WorkerPainter } from "./worker_painter.ts";

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
