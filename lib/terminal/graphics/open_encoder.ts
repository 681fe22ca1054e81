/** Which encoder a terminal gets: one row a method. */

import type { Random } from "../../base/random.ts";
import type { Capabilities, GraphicsMethod, KittyCapability } from "../capability.ts";
import { BlocksEncoder } from "./blocks.ts";
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

/** POSIX shared memory as Linux shows it. The terminal's answer proved that it is there. */
const SHARED_MEMORY_FOLDER = "/dev/shm";
/** What a sixel terminal has that does not say: the number that Konsole has, and the smallest but 16 that was met. */
const USUAL_COLOUR_REGISTERS = 256;

type Opener = (capabilities: Capabilities, random: Random) => PictureEncoder;

const OPENERS: Readonly<Record<Exclude<GraphicsMethod, "none">, Opener>> = {
  kitty(capabilities, random) {
    const options = { synchronized: capabilities.synchronizedOutput, random };
    return capabilities.kitty?.jpeg
      ? new KittyJpegEncoder(options)
      : new KittyEncoder(openTransport(capabilities.kitty, random), options);
  },
  sixel: ({ sixel, synchronizedOutput }) =>
    new SixelEncoder({
      colourRegisters: sixel?.colourRegisters ?? USUAL_COLOUR_REGISTERS,
      synchronized: synchronizedOutput,
    }),
  iterm2: ({ synchronizedOutput }) => new Iterm2Encoder({ synchronized: synchronizedOutput }),
  blocks: ({ truecolor, answered, synchronizedOutput }) =>
    new BlocksEncoder({
      colours: truecolor ? "truecolor" : answered ? "256" : "16",
      synchronized: synchronizedOutput,
    }),
};

/** The encoder of a method, as far as the terminal's answers allow. Whoever opens it closes it. */
export function openEncoder(
  method: Exclude<GraphicsMethod, "none">,
  capabilities: Capabilities,
  random: Random,
): PictureEncoder {
  return OPENERS[method](capabilities, random);
}

/** The fewest bytes through the terminal's line that it has proved to understand. */
function openTransport(kitty: KittyCapability | undefined, random: Random): KittyTransport {
  if (kitty?.sharedMemory) {
    return new FileTransport({ medium: "memory", folder: SHARED_MEMORY_FOLDER, random });
  }
  if (kitty?.temporaryFile) return new FileTransport({ medium: "file", folder: "/tmp", random });
  return kitty?.png ? new PalettePngTransport() : new RgbTransport();
}
