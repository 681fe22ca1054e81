/** Waiting for a file that another process writes. */

import { HANG_MS } from "./hang.ts";

const LOOK_MS = 5;

/** Waits until the file has at least so many bytes. Returns how many it has; before there is one it has none. */
export async function untilFileHas(path: string, bytes: number): Promise<number> {
  const endMs = performance.now() + HANG_MS;
  for (;;) {
    const size = await sizeOf(path);
    if (size >= bytes) return size;
    if (performance.now() > endMs) throw new Error(`${path} has ${size} bytes, never ${bytes}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** 0 when there is no such file. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
