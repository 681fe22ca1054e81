/** Cuts the Ogg pages (RFC 3533) that ffmpeg writes into packets. What they hold came from a foreign film. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";

const PAGE_HEADER_BYTES = 27;
const CAPTURE_PATTERN = 0x4f676753; // "OggS"
const CONTINUED = 1;
/** Sound has packets of at most 1,276 bytes; only the comment in front may be longer, and ffmpeg is told to write none. */
const PACKET_LIMIT_BYTES = 64 * 1024;

/** Packets of one logical stream. Throws MediaError `sound-unreadable` for what is no Ogg. */
export class OggReader {
  #rest: Bytes = new Uint8Array(0);
  #part: Bytes = new Uint8Array(0);

  /** The packets that this completes. */
  push(piece: Uint8Array): Bytes[] {
    const bytes = concatBytes(this.#rest, piece);
    const packets: Bytes[] = [];
    let at = 0;
    for (;;) {
      const page = pageAt(bytes, at);
      if (page === undefined) break;
      if (!page.isContinued) this.#part = new Uint8Array(0);
      this.#cut(page, packets);
      at = page.end;
    }
    this.#rest = bytes.slice(at);
    return packets;
  }

  #cut({ laces, body }: Page, packets: Bytes[]): void {
    let from = 0;
    let to = 0;
    for (const lace of laces) {
      to += lace;
      if (lace === 255) continue;
      packets.push(concatBytes(this.#part, body.subarray(from, to)));
      this.#part = new Uint8Array(0);
      from = to;
    }
    this.#part = concatBytes(this.#part, body.subarray(from, to));
    if (this.#part.length > PACKET_LIMIT_BYTES) throw unreadable("a packet is too long");
  }
}

interface Page {
  readonly isContinued: boolean;
  readonly laces: Uint8Array;
  readonly body: Uint8Array;
  readonly end: number;
}

/** Undefined until the page is whole: a page has at most 65,307 bytes. */
function pageAt(bytes: Bytes, at: number): Page | undefined {
  const header = at + PAGE_HEADER_BYTES;
  if (bytes.length < header) return undefined;
  const pattern = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
  if (pattern !== CAPTURE_PATTERN) throw unreadable("it is no Ogg");
  const laces = bytes.subarray(header, header + bytes[at + 26]);
  const bodyAt = header + bytes[at + 26];
  const end = bodyAt + laces.reduce((sum, lace) => sum + lace, 0);
  if (bytes.length < end) return undefined;
  const isContinued = (bytes[at + 5] & CONTINUED) !== 0;
  return { isContinued, laces, body: bytes.subarray(bodyAt, end), end };
}

function unreadable(why: string): MediaError {
  return new MediaError("sound-unreadable", `Cannot read sound: ${why}`);
}
