/** Which encoder a terminal gets: one row a method. */

import type { Random } from "../../base/random.ts";
import type {
  Capabilities,
  CellMethod,
  GraphicsMethod,
  KittyCapability,
} from "../capability/capability.ts";
import { CellEncoder } from "./cell_encoder.ts";
import type { PictureEncoder } from "./encoder.ts";
import { Iterm2Encoder } from "./iterm2.ts";
import { KittyEncoder, KittyJpegEncoder } from "./kitty.ts";
import {
  FileTransport,
  type KittyTransport,
  PalettePngTransport,
  RgbTransport,
} from "./kitty_transport.ts";
import { SixelEncoder } from "./sixel.ts";

/**
 * POSIX shared memory as Linux shows it. The terminal's answer proved that it is there, and that we may write to it, for which Deno
 * wants all permissions.
 */
const SHARED_MEMORY_FOLDER = "/dev/shm";
/** What a sixel terminal has that does not say: the number that Konsole has, and the smallest but 16 that was met. */
const USUAL_COLOUR_REGISTERS = 256;

/** One method: what it wants, which may hang on the terminal's answers, and its encoder. */
interface MethodRow {
  readonly needs: (capabilities: Capabilities) => PictureEncoder["needs"];
  readonly open: (capabilities: Capabilities, random: Random) => PictureEncoder;
}

const METHODS: Readonly<Record<Exclude<GraphicsMethod, "none">, MethodRow>> = {
  kitty: {
    needs: ({ kitty }) => kitty?.jpeg ? "jpeg" : "pixels",
    open({ kitty, synchronizedOutput }, random) {
      const options = { synchronized: synchronizedOutput, random };
      if (kitty?.jpeg) return new KittyJpegEncoder(options);
      return new KittyEncoder(openTransports(kitty), options);
    },
  },
  sixel: {
    needs: () => "pixels",
    open: ({ sixel, synchronizedOutput }) =>
      new SixelEncoder({
        colourRegisters: sixel?.colourRegisters ?? USUAL_COLOUR_REGISTERS,
        synchronized: synchronizedOutput,
      }),
  },
  iterm2: {
    needs: () => "jpeg",
    open: ({ synchronizedOutput }) => new Iterm2Encoder({ synchronized: synchronizedOutput }),
  },
  blocks: cellRow("blocks"),
  quadrants: cellRow("quadrants"),
  sextants: cellRow("sextants"),
  octants: cellRow("octants"),
  ascii: cellRow("ascii"),
};

/** Whether the encoder of a method wants decoded pixels, which is work for a Worker, or the JPEG itself. */
export function encoderNeeds(
  method: Exclude<GraphicsMethod, "none">,
  capabilities: Capabilities,
): PictureEncoder["needs"] {
  return METHODS[method].needs(capabilities);
}

/** The encoder of a method, as far as the terminal's answers allow. Whoever opens it closes it. */
export function openEncoder(
  method: Exclude<GraphicsMethod, "none">,
  capabilities: Capabilities,
  random: Random,
): PictureEncoder {
  return METHODS[method].open(capabilities, random);
}

/** Cells of several pixels, and letters. */
function cellRow(method: CellMethod): MethodRow {
  return {
    needs: () => "pixels",
    open: ({ truecolor, answered, synchronizedOutput, isMonochrome = false }) =>
      new CellEncoder({
        method,
        colours: isMonochrome ? "none" : truecolor ? "truecolor" : answered ? "256" : "16",
        synchronized: synchronizedOutput,
      }),
  };
}

/** First the fewest bytes through the terminal's line that it has proved to understand; then what never fails. */
function openTransports(
  kitty: KittyCapability | undefined,
): readonly [KittyTransport, ...KittyTransport[]] {
  const inline = kitty?.png ? new PalettePngTransport() : new RgbTransport();
  if (kitty?.sharedMemory) {
    return [new FileTransport({ medium: "memory", folder: SHARED_MEMORY_FOLDER }), inline];
  }
  return kitty?.temporaryFile ? [new FileTransport({ medium: "file" }), inline] : [inline];
}
