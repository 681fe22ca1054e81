/** What `--save` and `--to` have kept of a stream. */

import { HANG_MS } from "../kit/hang.ts";

/** Waits until a picture was saved there. */
export async function pictureIn(folder: string): Promise<void> {
  const endMs = performance.now() + HANG_MS;
  for (;;) {
    const names = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    if (names.some(({ name }) => name.endsWith(".jpg"))) return;
    if (performance.now() > endMs) throw new Error(`no picture came into ${folder}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
