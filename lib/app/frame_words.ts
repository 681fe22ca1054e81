/** Frames in words. */

/** `1 frame`, `2 frames`. */
export function framesOf(count: number): string {
  return `${count} ${count === 1 ? "frame" : "frames"}`;
}
