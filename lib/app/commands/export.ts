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
  "data-exported": { line: ({ file, lines }) => `${lines} lines written to ${file}` },
  "is-readable": {
    isNote: true,
    line: () => "The file is not encrypted: whoever gets it can read everything in it",
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
  summary: "export your contacts and all messages to a file",
  details:
    "Writes one JSON object per line to a new file that only you may open; it never overwrites a file. The file holds no keys, but whoever gets it can read everything. Works offline.",
  arguments: [{ name: "FILE", summary: "a new file", required: true }],
  examples: [{ line: "export mine.jsonl", summary: "one JSON object per line" }],
  exitCodes: [3],
  needs: ["account"],
  p2p: {
    summary: "export all messages with somebody to a file",
    details:
      "Writes one JSON object per line to a new file that only you may open; it never overwrites a file. The file holds no keys, but whoever gets it can read everything.",
    arguments: [
      { name: "NAME", summary: "the person", required: true },
      { name: "FILE", summary: "a new file", required: true },
    ],
    examples: [{ line: "export julia mine.jsonl", summary: "one JSON object per line" }],
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
