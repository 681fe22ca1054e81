/** A line from a socket. */

import { type Bytes, concatBytes, decodeUtf8 } from "../base/bytes.ts";
import { CONTROL_LINE_MAX_BYTES } from "./control_commands.ts";

const NEWLINE = 0x0a;

/**
 * The next line, without its end. Undefined at the end of the stream, for a line that is too long, and for one that is not
 * UTF-8. Each side waits for the other's line, so nothing stands behind it.
 */
export async function readLine(
  stream: { read(buffer: Uint8Array): Promise<number | null> },
): Promise<string | undefined> {
  let bytes: Bytes = new Uint8Array(0);
  const buffer = new Uint8Array(1024);
  while (bytes.length <= CONTROL_LINE_MAX_BYTES) {
    const count = await stream.read(buffer);
    if (count === null) return undefined;
    bytes = concatBytes(bytes, buffer.subarray(0, count));
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) return decodeUtf8(bytes.subarray(0, end));
  }
  return undefined;
}
