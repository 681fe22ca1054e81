/** The graphics kernel as a module of WebAssembly: compiled once, an instance for each who draws. */

import { decodeBase64 } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import { KERNEL_WASM_BASE64 } from "./kernel_wasm.ts";

/** The functions of `kernel/kernel.as.ts`; all numbers are addresses, pixels, cells or bytes. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapStart(): number;
  prepare(): void;
  indexTable(): number;
  ditherTable(): number;
  sgrTable(): number;
  widestSixelPx(): number;
  resize(source: number, w: number, h: number, target: number, tw: number, th: number): void;
  paletteColours(): number;
  colourSums(): number;
  setPalette(colours: number): void;
  codedError(pixels: number, count: number, step: number): number;
  chooseColours(
    ...addressesAndSizes: [
      pixels: number,
      widthPx: number,
      heightPx: number,
      indexes: number,
      price: number,
    ]
  ): void;
  quantise(pixels: number, widthPx: number, heightPx: number, indexes: number): void;
  sixelBody(
    ...addressesAndSizes: [
      indexes: number,
      widthPx: number,
      heightPx: number,
      isWide: number,
      target: number,
    ]
  ): number;
  base64(source: number, sizeBytes: number, target: number): number;
  kittyChunks(source: number, sizeBytes: number, target: number): number;
  blocks(
    ...addressesAndSizes: [number, number, number, number, number, number, number, number, number]
  ): number;
  glyphTable(): number;
  mosaics(...addressesAndSizes: Eleven): number;
  letters(...addressesAndSizes: Eleven): number;
}

type Eleven = [
  ...[number, number, number, number, number, number],
  ...[number, number, number, number, number],
];

let compiled: WebAssembly.Module | undefined;

function compileKernel(): WebAssembly.Module {
  const wasm = decodeBase64(KERNEL_WASM_BASE64);
  if (wasm === undefined) throw new Bug("Cannot read the graphics kernel: not base64");
  return new WebAssembly.Module(wasm);
}

/** An instance with a memory of its own. */
export function openKernel(): KernelExports {
  compiled ??= compileKernel();
  // The module is built from the source beside this file, which exports exactly these; a test compares the hashes.
  const exports = new WebAssembly.Instance(compiled).exports as unknown as KernelExports;
  exports.prepare();
  return exports;
}
