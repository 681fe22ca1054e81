/** What `--save` and `--to` have kept of a stream. */

/** Waits until a picture was saved there. */
export async function pictureIn(folder: string): Promise<void> {
  for (;;) {
    const names = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    if (names.some(({ name }) => name.endsWith(".jpg"))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
