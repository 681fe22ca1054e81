/** Frames in words. */

/** `1 frame`, `2 frames`. */
export function framesOf(count: number): string {
  return `${count} ${count === 1 ? "frame" : "frames"}`;
}

/** `0:05`, `1:02:05`: a moment of a video. */
export function clockWords(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}
