/** From pixels to bytes for the terminal, by the encoders that draw videos. */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Random } from "../../base/random.ts";
import { shrink } from "../../media/stills/draw_still.ts";
import type { Capabilities, GraphicsMethod } from "../../terminal/capability/capability.ts";
import type { PixelEncoder } from "../../terminal/graphics/encoder.ts";
import { openEncoder } from "../../terminal/graphics/open_encoder.ts";
import type { PainterOptions } from "../frame_painter.ts";
import { cropBitmap, type CroppedPlacement } from "./crop.ts";
import type { EncodedStill } from "./still_message.ts";

const NOTHING = new Uint8Array(0);

/**
 * How pictures are drawn that stand in text. Undefined: not at all. A terminal that decodes pictures itself gets none of a
 * stranger's making: where it takes pixels in no other way, half blocks do.
 */
export function stillMethod(
  { method, sixel }: Capabilities,
): Exclude<GraphicsMethod, "none"> | undefined {
  if (method === "none") return undefined;
  if (method !== "iterm2") return method;
  return sixel === undefined ? "blocks" : "sixel";
}

/**
 * Encodes a picture, or the part of it that is seen. The encoder was opened for it alone and is for whoever calls it to close, once
 * the terminal has taken the picture.
 */
export function encodeStill(
  bitmap: Bitmap,
  placement: CroppedPlacement,
  options: PainterOptions,
  random: Random,
): EncodedStill & { readonly encoder: PixelEncoder | undefined } {
  const encoder = openEncoder(options.method, forStills(options.capabilities), random);
  // `forStills` leaves none that wants a JPEG, and `stillMethod` no other.
  if (encoder.needs !== "pixels") return { bytes: NOTHING, erasure: NOTHING, encoder: undefined };
  const part = cropBitmap(shrink(bitmap, placement.whole), placement);
  const bytes = encoder.encode(part, placement.seen);
  const erasure = encoder.erase();
  // Text over it takes any other off.
  return { bytes, erasure: options.method === "kitty" ? erasure : NOTHING, encoder };
}

/** No pixel of a picture that somebody sent goes to the disk; and the terminal decodes none. */
function forStills(capabilities: Capabilities): Capabilities {
  const { kitty } = capabilities;
  if (kitty === undefined) return capabilities;
  return { ...capabilities, kitty: { ...kitty, temporaryFile: false, jpeg: false } };
}
