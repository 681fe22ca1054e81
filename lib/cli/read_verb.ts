/** The verb read: what was said since a time, in the seeds' lines (rows S3.37 to S3.42). */

import { UsageError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { showNumbered } from "./entry_lines.ts";
import { knownAccount } from "./nobody.ts";
import { storedRoom } from "./rooms/find_room.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
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
  arguments: [{
    name: "NAME",
    summary: "only the conversation with this one, or in this room, as #ops",
    required: false,
  }],
  options: [
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00, ISO 8601",
    },
    { flag: "--room", valueName: "ROOM", summary: "what was said in this room" },
    { flag: "--broadcasts", summary: "what was said to everyone" },
  ],
  examples: [
    { line: "read bob --since 2h", summary: "one line a message: number; time; who; text" },
    { line: "read --room 256 --since yesterday", summary: "by the room's own numbers" },
    {
      line: 'read --broadcasts --since "1 Jun 2022 16:00:00"',
      summary: "what everyone was told since",
    },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  async run(context, values) {
    const since = values.option("--since");
    if (since === undefined) {
      throw new UsageError("since-missing", "Say since when. Example: read bob --since 2h");
    }
    const asked = {
      sinceMs: readWhen(since, context.clock),
      name: values.argument("NAME"),
      room: values.option("--room"),
    };
    const areBroadcasts = values.has("--broadcasts");
    if (asked.room !== undefined && (areBroadcasts || asked.name !== undefined)) {
      throw new UsageError("too-much", "With --room there is no NAME and no --broadcasts");
    }
    const client = areBroadcasts ? await context.connectClient() : await context.openClient();
    const said = areBroadcasts
      ? await broadcasts(client, asked)
      : textsSince(client, await texts(context, client, asked));
    const rooms = await RoomLabels.of(client);
    const named = asked.name === undefined && asked.room === undefined;
    let count = 0;
    for await (const numbered of said) {
      count++;
      await showNumbered(context, numbered, { rooms, named });
    }
    if (count === 0) await context.output.note(NOTHING_NEW);
    return EXIT.done;
  },
};

interface Asked {
  readonly sinceMs: number;
  readonly name: string | undefined;
  readonly room: string | undefined;
}

async function broadcasts(
  client: Client,
  { sinceMs, name }: Asked,
): Promise<AsyncGenerator<Numbered>> {
  const from = name === undefined ? undefined : await knownAccount(client, name);
  return broadcastsSince(client, { sinceMs, from });
}

/** A room that is not known here may be one that this account was just invited to: then the server is asked. */
async function texts(
  context: Context,
  client: Client,
  { sinceMs, name, room }: Asked,
): Promise<Parameters<typeof textsSince>[1]> {
  const asked = room ?? (name?.startsWith("#") ? name : undefined);
  if (asked !== undefined) {
    const connect = () => context.connect(client, context.signal);
    const place = await storedRoom(client, asked, connect);
    return { sinceMs, takes: (peer) => peer === place };
  }
  const account = name === undefined ? undefined : await knownAccount(client, name);
  return { sinceMs, takes: (peer) => account === undefined || peer === account };
}
