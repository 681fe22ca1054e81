/** What kind of file it is, by how it begins: names lie. Pure. */

/** Bytes that are looked at. */
export const MEDIA_TYPE_BYTES = 16;

/** Beginnings, in hex; a dot stands for any digit. */
const BEGINNINGS: readonly (readonly [beginning: RegExp, type: string])[] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638(37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^25504446/, "application/pdf"],
  [/^504b0(304|506)/, "application/zip"],
  [/^1f8b/, "application/gzip"],
  [/^fd377a585a00/, "application/x-xz"],
  [/^.{8}66747970/, "video/mp4"],
  [/^1a45dfa3/, "video/webm"],
  [/^4f676753/, "application/ogg"],
  [/^494433|^fff[ab]/, "audio/mpeg"],
  [/^664c6143/, "audio/flac"],
  [/^7f454c46/, "application/x-executable"],
];

/** The media type of a file that begins so. */
export function mediaType(beginning: Uint8Array): string {
  const hex = Array.from(beginning, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const known = BEGINNINGS.find(([pattern]) => pattern.test(hex));
  if (known !== undefined) return known[1];
  // No text has control characters besides these.
  const isText = beginning.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
  return isText && beginning.length > 0 ? "text/plain" : "application/octet-stream";
}
