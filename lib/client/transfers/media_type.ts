/** What kind of file it is, by how it begins: names lie. Pure. */

/** Bytes that are looked at: random ones of so many are never taken for a text. */
export const MEDIA_TYPE_BYTES = 512;

const LONGEST_BEGINNING = 16;
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
  const hex = Array.from(
    beginning.subarray(0, LONGEST_BEGINNING),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const known = BEGINNINGS.find(([pattern]) => pattern.test(hex));
  if (known !== undefined) return known[1];
  return beginning.length > 0 && isText(beginning) ? "text/plain" : "application/octet-stream";
}

/** UTF-8 without control characters; the last character may go on behind what is looked at. */
function isText(bytes: Uint8Array): boolean {
  const isPlain = (byte: number) =>
    byte >= 32 && byte !== 127 || /[\t\n\r\f]/.test(String.fromCharCode(byte));
  if (!bytes.every(isPlain)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  }
}
