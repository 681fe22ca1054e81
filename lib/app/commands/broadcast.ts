/** The command that says something to everyone on the server, and its words. */

import type { HistoryEntry } from "../../client/store/history.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { MAX_BROADCAST_TEXT_BYTES } from "../../protocol/hop/broadcast.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";
import { broadcastSaid, entryFields, typeOf } from "../talk/entry_lines.ts";

interface BroadcastKinds {
  "broadcast": HistoryEntry;
}

const WORDING: Wording<BroadcastKinds> = {
  "broadcast": {
    type: typeOf,
    fields: (entry) => ({
      ...entryFields(entry),
      number: entry.number,
      readableBy: "everyone",
    }),
    isList: true,
    line: broadcastSaid,
  },
};

const broadcast: PersonRow<BroadcastKinds> = {
  name: "broadcast",
  aliases: ["bcm"],
  group: "Messages",
  summary: "send a message to everyone on the server",
  details:
    "You sign a broadcast, but it is not encrypted: everyone can read it, and so can the server, which numbers it. People who are offline get it later.",
  arguments: [
    { name: "TEXT", summary: "the text; leave it out with --stdin", required: false, rest: "text" },
  ],
  examples: [
    { line: 'broadcast "lunch is ready"', summary: "prints its number and time" },
    { line: "broadcast --stdin < notice.txt", summary: "sends all lines of the file" },
  ],
  exitCodes: [3, 5, 6, 7, 9],
  needs: ["server", "connection"],
  text: {
    maxBytes: MAX_BROADCAST_TEXT_BYTES,
    tooLong: "Cannot broadcast: the text is too long",
    empty: 'Cannot broadcast: the text is empty. Example: heliograph broadcast "hi all"',
  },
  slash: {
    details:
      "You sign it, but it is not encrypted: everyone can read it, and so can the server. People who are offline get it later.",
    arguments: [{ name: "TEXT", summary: "what", required: true, rest: "text" }],
    examples: [{ line: "broadcast lunch is ready", summary: "the server numbers it" }],
  },
  async run(context) {
    return result("broadcast", await context.client.publicly.broadcast(await context.text()));
  },
};

/** `broadcast`. */
export const BROADCAST: PersonCommands<BroadcastKinds> = { rows: [broadcast], wording: WORDING };
