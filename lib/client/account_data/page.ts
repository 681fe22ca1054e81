/** What a page of the account data is, whatever stands on it: lines, in JSON, which devices of several versions read. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { AccountDataPage } from "../../protocol/hop/device.ts";
import type { Messenger } from "../store/messenger.ts";

/** One thing that stands there. */
export type PageLine = readonly (string | number)[];

/**
 * 1. `lines` MUST give the same for the same state, what matters most first: what has no room is left out.
 * 2. `take` MUST come to the same in whatever order devices take what others wrote, and MUST take each line as foreign input.
 */
export interface PageContent {
  readonly page: AccountDataPage;
  lines(messenger: Messenger): readonly PageLine[];
  take(messenger: Messenger, lines: readonly PageLine[]): Promise<void>;
}

/** Of what stands below. */
const FORMAT = 1;
/** The server sees how long a page is: it shall not count the people. */
const PADDING_BYTES = 1024;

/** What a page turned out to be. `newer`: of a newer version of the program, which is not to be written over. */
export type ReadPage = readonly PageLine[] | "newer" | undefined;

/** Undefined for what is no page. */
export function readPage(bytes: Bytes): ReadPage {
  const page = parse(bytes);
  if (typeof page !== "object" || page === null || !("v" in page)) return undefined;
  if (typeof page.v === "number" && page.v > FORMAT) return "newer";
  if (!("lines" in page) || !Array.isArray(page.lines)) return undefined;
  return page.lines.filter(isLine);
}

/** Padded; as many of the lines, from the first, as have room in `maxBytes`. */
export function writePage(lines: readonly PageLine[], maxBytes: number): Bytes {
  const room = maxBytes - maxBytes % PADDING_BYTES;
  let text = `{"v":${FORMAT},"lines":[`;
  let sizeBytes = text.length + "]}".length;
  for (const [i, line] of lines.entries()) {
    const more = `${i === 0 ? "" : ","}${JSON.stringify(line)}`;
    sizeBytes += utf8(more).length;
    if (sizeBytes > room) break;
    text += more;
  }
  const whole = utf8(`${text}]}`);
  const padded = new Uint8Array(Math.ceil(whole.length / PADDING_BYTES) * PADDING_BYTES);
  padded.fill(" ".charCodeAt(0));
  padded.set(whole);
  return padded;
}

function isLine(line: unknown): line is PageLine {
  return Array.isArray(line) &&
    line.every((field) => typeof field === "string" || typeof field === "number");
}

function parse(bytes: Bytes): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? "");
  } catch {
    // Sealed by a device of one's own, and yet no page: one that is to be written over.
    return undefined;
  }
}
