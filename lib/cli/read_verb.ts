/** The verb read: what was said since a time, in the seeds' lines (rows S3.37 to S3.42). */

import { UsageError } from "../base/errors.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { seedLine, showEntryAs } from "./entry_lines.ts";
import { knownPeer } from "./nobody.ts";
import { broadcastsSince, NOTHING_NEW, type Numbered, textsSince } from "./said_since.ts";
import type { Verb } from "./verb.ts";
import { readWhen } from "./when.ts";

/** The row of `read`. */
export const READ_VERB: Verb = {
  name: "read",
  aliases: [],
  group: "Messages",
  summary: "show what was said since a time, shown before or not",
  details:
    "Conversations are read from this machine, without a connection; each message has its number in its conversation. Broadcasts are read from the server, those too that were said before you came; each has its number on the server.",
  arguments: [{ name: "NAME", summary: "only the conversation with this one", required: false }],
  options: [
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00, ISO 8601",
    },
    { flag: "--broadcasts", summary: "what was said to everyone" },
  ],
  examples: [
    { line: "read bob --since 2h", summary: "one line a message: number; time; who; text" },
    {
      line: 'read --broadcasts --since "1 Jun 2022 16:00:00"',
      summary: "what everyone was told since",
    },
  ],
  exitCodes: [3, 5, 7],
  async run(context, values) {
    const since = values.option("--since");
    if (since === undefined) {
      throw new UsageError("since-missing", "Say since when. Example: read bob --since 2h");
    }
    const sinceMs = readWhen(since, context.clock);
    const name = values.argument("NAME");
    const areBroadcasts = values.has("--broadcasts");
    let count = 0;
    for await (
      const { number, entry } of read(context, { areBroadcasts, sinceMs, name })
    ) {
      count++;
      await showEntryAs(context, entry, seedLine(number, entry), { number });
    }
    if (count === 0) await context.output.note(NOTHING_NEW);
    return EXIT.done;
  },
};

async function* read(
  context: Context,
  asked: { areBroadcasts: boolean; sinceMs: number; name: string | undefined },
): AsyncGenerator<Numbered> {
  const { areBroadcasts, sinceMs, name } = asked;
  const client = areBroadcasts ? await context.connectClient() : await context.openClient();
  const peer = name === undefined ? undefined : await knownPeer(client.messenger, name);
  if (areBroadcasts) yield* broadcastsSince(client, { sinceMs, from: peer });
  else yield* textsSince(client, { sinceMs, peer });
}
