/** The command that writes what was said into a file of the seeds' form (rows S3.17 and S3.36), and its words. */

import { utf8 } from "../../base/bytes.ts";
import { Refusal, StorageError } from "../../base/errors.ts";
import { jsonLine } from "../../base/json_line.ts";
import type { Client } from "../../client/client.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";
import { storedRoom } from "../rooms/find_room.ts";
import { entryFields, typeOf } from "../talk/entry_lines.ts";
import { factFields } from "../talk/fact_fields.ts";
import { seedLogLine, seedLogName } from "../talk/seed_log.ts";
import { type Numbered, textsSince } from "../talk/said_since.ts";

interface LogKinds {
  "exported": { readonly path: string; readonly messages: number };
}

/** `toom`: as the seeds wrote it. `json`: one object a line. */
type LogForm = "toom" | "json";

const WORDING: Wording<LogKinds> = {
  "exported": {
    line: ({ path, messages }) => {
      const many = messages === 1 ? "1 message" : `${messages.toLocaleString("en")} messages`;
      return `${many} in ${path}`;
    },
  },
};

const ENDINGS: Readonly<Record<LogForm, string>> = { toom: "txt", json: "jsonl" };

const logExport: PersonRow<LogKinds> = {
  name: "log export",
  group: "Messages",
  summary: "export the broadcasts, or a room's messages, to a file",
  details:
    "Writes messageLog.txt, or SR_256_messageLog.txt for room 256, with a line per message: number; time; sender; text. It uses the messages stored on this machine and works offline; deleted and expired messages are not in it. The file is not encrypted, but only you may open it (0600). It never overwrites a file.",
  options: [
    {
      flag: "--room",
      valueName: "ROOM",
      summary: "the messages of this room, not the broadcasts",
    },
    {
      flag: "--format",
      valueName: "FORMAT",
      choices: ["toom", "json"],
      summary:
        "toom: as above, the default; json: one object per line, in a file that ends in .jsonl",
    },
    {
      flag: "--to",
      valueName: "FOLDER",
      summary: "the folder for the file (default: the current one)",
    },
  ],
  examples: [
    { line: "log export", summary: "the broadcasts, as messageLog.txt" },
    { line: "log export --room 256 --format toom", summary: "as SR_256_messageLog.txt" },
  ],
  exitCodes: [3, 4, 6],
  needs: ["server", "account"],
  slash: "none",
  async run({ client, resolve }, values) {
    const asked = values.option("--room");
    const room = asked === undefined ? undefined : await storedRoom(client, asked);
    const form: LogForm = values.option("--format") === "json" ? "json" : "toom";
    const said = room === undefined
      ? await broadcasts(client)
      : await textsSince(client, { about: room });
    const lines = await Promise.all(said.map((numbered) => logLine(client, numbered, form)));
    const folder = resolve(values.option("--to") ?? ".");
    const path = `${folder}/${seedLogName(room, ENDINGS[form])}`;
    await createLog(path, lines.map((line) => `${line}\n`).join(""));
    return result("exported", { path, messages: lines.length });
  },
};

async function broadcasts({ talk }: Client): Promise<readonly Numbered<PlacedEntry>[]> {
  const entries = await talk.page({ about: undefined, kinds: ["broadcast"] });
  return entries.map((entry) => ({ number: entry.number ?? 0, entry }));
}

/** One message of the file, without the end of the line. What could steer a terminal is not in it. */
async function logLine(
  client: Client,
  { number, entry }: Numbered<PlacedEntry>,
  form: LogForm,
): Promise<string> {
  if (form === "toom") return seedLogLine(number, entry);
  const facts = factFields(entry, await client.talk.factsOf(entry));
  return jsonLine({ v: 1, type: typeOf(entry), ...entryFields(entry), number, ...facts });
}

/** Makes the file, 0600. Throws Refusal `file-exists`, StorageError. */
async function createLog(path: string, text: string): Promise<void> {
  try {
    await createPrivateFile(path, utf8(text));
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "already-exists") throw error;
    throw new Refusal(
      "file-exists",
      `Cannot write ${path}: the file exists. Move it away, or name another folder with --to FOLDER`,
      { cause: error },
    );
  }
}

/** `log export`. */
export const LOG_EXPORT: PersonCommands<LogKinds> = { rows: [logExport], wording: WORDING };
