/** The command that writes all that is one's own to a file, and its words. */

import { utf8 } from "../../base/bytes.ts";
import { jsonLine } from "../../base/json_line.ts";
import { exportLines } from "../../client/export.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { writeAll } from "../../storage/archive.ts";
import { createFileAtomically } from "../../storage/atomic_file.ts";
import type { ConversationCommands, ConversationRow } from "../person_row.ts";

interface ExportKinds {
  "data-exported": { readonly file: string; readonly lines: number };
  "is-readable": Record<never, never>;
}

const WORDING: Wording<ExportKinds> = {
  "data-exported": { line: ({ file, lines }) => `${lines} lines are in ${file}` },
  "is-readable": {
    isNote: true,
    line: () => "It is readable as it is: whoever gets the file reads everything in it",
  },
};

/** Writes a new file, mode 0600; returns its lines. Throws StorageError `already-exists`. */
export async function exportTo(
  client: Parameters<typeof exportLines>[0],
  path: string,
): Promise<number> {
  return await createFileAtomically(path, async (file) => {
    let lines = 0;
    for await (const line of exportLines(client)) {
      await writeAll(file, utf8(`${jsonLine({ v: 1, ...line })}\n`));
      lines++;
    }
    return lines;
  });
}

const exportRow: ConversationRow<ExportKinds> = {
  name: "export",
  group: "Account",
  summary: "write your contacts and all that was said to a file",
  details:
    "One JSON object a line, in a new file of yours; it never overwrites one. It holds no keys, but whoever gets the file reads all of it. It needs no connection.",
  arguments: [{ name: "FILE", summary: "a new one", required: true }],
  examples: [{ line: "export mine.jsonl", summary: "readable by every program" }],
  exitCodes: [3],
  needs: ["account"],
  p2p: {
    summary: "write all that was said with somebody to a file",
    details:
      "One JSON object a line, in a new file of yours; it never overwrites one. It holds no keys, but whoever gets the file reads all of it.",
    arguments: [
      { name: "NAME", summary: "with whom", required: true },
      { name: "FILE", summary: "a new one", required: true },
    ],
    examples: [{ line: "export julia mine.jsonl", summary: "readable by every program" }],
  },
  async run({ client, resolve }, values) {
    const file = values.required("FILE");
    const { reports } = result("data-exported", {
      file,
      lines: await exportTo(client, resolve(file)),
    });
    return { reports: [...reports, ...result("is-readable", {}).reports] };
  },
};

/** `export`. */
export const EXPORT: ConversationCommands<ExportKinds> = { rows: [exportRow], wording: WORDING };
