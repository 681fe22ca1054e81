/** The seeds' log files: `messageLog.txt` of broadcasts, `SR_256_messageLog.txt` of room 256 (rows S3.17, S3.36). Pure. */

import { type RoomHandle, roomNumber } from "../../base/ids.ts";
import { indentContinuation, safeText } from "../../base/safe_text.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import { seedLine } from "./entry_lines.ts";

/** Further lines of a text begin so: a line that begins with a number is a message. */
const INDENT_CELLS = 4;

/** Undefined: of what is said to everyone. `ending` without its dot. */
export function seedLogName(room: RoomHandle | undefined, ending = "txt"): string {
  const name = room === undefined ? "messageLog" : `SR_${roomNumber(room)}_messageLog`;
  return `${name}.${ending}`;
}

/** One message of the file, without the end of the line. What could steer a terminal is not in it. */
export function seedLogLine(number: number, entry: HistoryEntry): string {
  return indentContinuation(safeText(seedLine(number, entry)), INDENT_CELLS);
}
