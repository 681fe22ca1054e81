/** The colours that text has in a terminal, for pictures made of characters. */

import type { Kernel } from "./kernel.ts";
import { ANSI_16_PALETTE, indexNearest, xterm256Palette } from "./palette.ts";

/** Chosen by eye: about half the distance of neighbouring greys of the 256, and of black, greys and white of the 16. */
const DITHER_256 = 6;
const DITHER_16 = 72;

/** What the terminal knows: 24-bit colours, the usual 256, or the 16 of ANSI. */
export type BlockColours = "truecolor" | "256" | "16";

/** Tells the kernel how they are found and written. */
export function prepareColours(kernel: Kernel, colours: BlockColours): void {
  if (colours === "256") prepare256(kernel);
  if (colours === "16") prepare16(kernel);
}

/** The cube and the greys only: what the first 16 look like is up to the person. */
function prepare256(kernel: Kernel): void {
  const firstColour = 16;
  indexNearest(xterm256Palette().subarray(firstColour * 3), kernel.indexTable);
  kernel.setDither(DITHER_256);
  const colours = Array.from({ length: 256 - firstColour }, (_, index) => index + firstColour);
  kernel.setSgrParameters(
    colours.map((colour) => `38;5;${colour}`),
    colours.map((colour) => `48;5;${colour}`),
  );
}

/** SGR 30–37 and 90–97 (aixterm), and the same for backgrounds. */
function prepare16(kernel: Kernel): void {
  indexNearest(ANSI_16_PALETTE, kernel.indexTable);
  kernel.setDither(DITHER_16);
  const parameters = (normal: number, bright: number) =>
    Array.from({ length: 16 }, (_, index) => `${index < 8 ? normal + index : bright + index - 8}`);
  kernel.setSgrParameters(parameters(30, 90), parameters(40, 100));
}
