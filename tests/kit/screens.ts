/** Terminals for tests of the screen. */

import type { Capabilities } from "../../lib/terminal/capability/capability.ts";
import type { PlayedFrame } from "../../lib/client/video/frame_assembly.ts";
import type { VideoFrame } from "../../lib/screen/frame_painter.ts";

/** A terminal that can nothing but answer, with cells of 8×18 pixels. */
export const PLAIN_TERMINAL: Capabilities = {
  name: "test",
  answered: true,
  kitty: undefined,
  sixel: undefined,
  iterm2: false,
  truecolor: true,
  colours: "truecolor",
  background: undefined,
  synchronizedOutput: false,
  altSendsLetters: false,
  kittyKeyboard: false,
  cell: { widthPx: 8, heightPx: 18, source: "cell-report" },
  columns: 100,
  rows: 30,
  multiplexer: undefined,
  method: "blocks",
  reasons: [],
};

const jpeg = Deno.readFileSync(new URL("../fixtures/cockatoo.jpg", import.meta.url));

/** A frame of real footage, 640×360, at 25 a second. */
export function realFrame(index: number): VideoFrame {
  return { jpegBytes: jpeg, ptsMs: index * 40, widthPx: 640, heightPx: 360, index };
}

/** The same as it comes from a server. */
export function playedFrame(index: number): PlayedFrame {
  const { jpegBytes, ptsMs, widthPx, heightPx } = realFrame(index);
  const jpeg = new Uint8Array(jpegBytes);
  const about = {
    epoch: 0,
    mode: "thirds",
    rendition: "240p",
    limit: undefined,
    source: index,
    total: 5,
  } as const;
  return { ...about, index, ptsMs, widthPx, heightPx, jpeg, sizeBytes: jpeg.length };
}

/** A real terminal is read all the time, which keeps the program alive; on Deno 2.4.2 a Worker alone does not. */
export function readTerminal(): Disposable {
  const reading = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(reading) };
}
