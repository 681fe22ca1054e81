/** The verb log export: what was said, in a file of the seeds' form (rows S3.17 and S3.36). */

import { type RoomHandle, roomNumber } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { PlacedEntry } from "../client/store/history.ts";
import { EXIT } from "../commands/exit_code.ts";
import { storedRoom } from "../app/rooms/find_room.ts";
import { type Numbered, textsSince } from "../app/talk/said_since.ts";
import { createLog, type LogForm, logLine } from "./log_file.ts";
import type { Verb } from "./verb.ts";

const ENDINGS: Readonly<Record<LogForm, string>> = { toom: "txt", json: "jsonl" };

/** The row of `log export`. */
export const LOG_VERB: Verb = {
  name: "log export",
  group: "Messages",
  summary: "write the broadcasts, or what was said in a room, into a file",
  details:
    "Into messageLog.txt, or SR_256_messageLog.txt of room 256: a line for each, as number; time; who; text. It is made of what is stored here, without a connection; what was deleted or has disappeared is not in it. The file is readable: only you may open it (0600). One that is there already is never overwritten.",
  options: [
    {
      flag: "--room",
      valueName: "ROOM",
      summary: "what was said in this room, not the broadcasts",
    },
    {
      flag: "--format",
      valueName: "FORMAT",
      choices: ["toom", "json"],
      summary:
        "toom: as above, the default; json: one object a line, in a file that ends with .jsonl",
    },
    { flag: "--to", valueName: "FOLDER", summary: "where to put the file, else here" },
  ],
  examples: [
    { line: "log export", summary: "the broadcasts, as messageLog.txt" },
    { line: "log export --room 256 --format toom", summary: "as SR_256_messageLog.txt" },
  ],
  exitCodes: [3, 4, 6],
  async run(context, values) {
    const client = await context.openClient();
    const asked = values.option("--room");
    const room = asked === undefined ? undefined : await storedRoom(client, asked);
    const form: LogForm = values.option("--format") === "json" ? "json" : "toom";
    const said = room === undefined
      ? await broadcasts(client)
      : await textsSince(client, { about: room });
    const lines = await Promise.all(said.map((numbered) => logLine(client, numbered, form)));
    const folder = context.person.path(values.option("--to") ?? ".");
    const path = `${folder}/${fileName(room, form)}`;
    await createLog(path, lines.map((line) => `${line}\n`).join(""));
    const count = lines.length;
    const many = count === 1 ? "1 message" : `${count.toLocaleString("en")} messages`;
    await context.output.fact("exported", { path, messages: count }, `${many} in ${path}`);
    return EXIT.done;
  },
};

function fileName(room: RoomHandle | undefined, form: LogForm): string {
  const name = room === undefined ? "messageLog" : `SR_${roomNumber(room)}_messageLog`;
  return `${name}.${ENDINGS[form]}`;
}

async function broadcasts({ talk }: Client): Promise<readonly Numbered<PlacedEntry>[]> {
  const entries = await talk.page({ about: undefined, kinds: ["broadcast"] });
  return entries.map((entry) => ({ number: entry.number ?? 0, entry }));
}
