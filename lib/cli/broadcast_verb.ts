/** The verb broadcast. */

import { EXIT } from "../commands/exit_code.ts";
import { MAX_BROADCAST_TEXT_BYTES } from "../protocol/hop/broadcast.ts";
import { broadcastSaid, entryFields, typeOf } from "../app/talk/entry_lines.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";

/** The row of `broadcast`. */
export const BROADCAST_VERB: Verb = {
  name: "broadcast",
  aliases: ["bcm"],
  group: "Messages",
  summary: "say something to everyone on the server",
  details:
    "A broadcast is signed by you and sealed for nobody: everyone reads it, the server too. The server numbers it. Who is away gets it later.",
  arguments: [
    { name: "TEXT", summary: "what; left out with --stdin", required: false, rest: "text" },
  ],
  options: [STDIN_OPTION],
  examples: [
    { line: 'broadcast "lunch is ready"', summary: "says its number and time" },
    { line: "broadcast --stdin < notice.txt", summary: "with all its lines" },
  ],
  exitCodes: [3, 5, 6, 7, 9],
  async run(context, values) {
    const text = await readText(values, {
      maxBytes: MAX_BROADCAST_TEXT_BYTES,
      tooLong: "The text is too long for a broadcast",
      empty: 'There is nothing to broadcast. Example: heliograph broadcast "hi all"',
      signal: context.signal,
    });
    const client = await context.connectClient();
    const entry = await client.publicly.broadcast(text);
    const { number } = entry;
    await context.output.fact(
      typeOf(entry),
      { ...entryFields(entry), number, readableBy: "everyone" },
      broadcastSaid(entry),
    );
    return EXIT.done;
  },
};
