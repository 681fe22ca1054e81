/** What was said, as lines of a file. */

import { utf8 } from "../base/bytes.ts";
import { Refusal, StorageError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { PlacedEntry } from "../client/store/history.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { jsonLine } from "../base/json_line.ts";
import { indentContinuation, safeText } from "../base/safe_text.ts";
import { entryFields, seedLine, typeOf } from "../app/talk/entry_lines.ts";
import type { Numbered } from "../app/talk/said_since.ts";
import { factFields } from "../app/talk/fact_fields.ts";

/** `toom`: as the seeds wrote it (rows S3.17 and S3.36). `json`: one object a line. */
export type LogForm = "toom" | "json";

/** Further lines of a text begin so: a line that begins with a number is a message. */
const INDENT_CELLS = 4;

/** One message of the file, without the end of the line. What could steer a terminal is not in it. */
export async function logLine(
  client: Client,
  { number, entry }: Numbered<PlacedEntry>,
  form: LogForm,
): Promise<string> {
  if (form === "toom") return indentContinuation(safeText(seedLine(number, entry)), INDENT_CELLS);
  const facts = factFields(entry, await client.talk.factsOf(entry));
  return jsonLine({ v: 1, type: typeOf(entry), ...entryFields(entry), number, ...facts });
}

/** Makes the file, 0600. Throws Refusal `file-exists`, StorageError. */
export async function createLog(path: string, text: string): Promise<void> {
  try {
    await createPrivateFile(path, utf8(text));
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "already-exists") throw error;
    throw new Refusal(
      "file-exists",
      `There is a file already: ${path}. Move it away, or say --to FOLDER`,
      { cause: error },
    );
  }
}
