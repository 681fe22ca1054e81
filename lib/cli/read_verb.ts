/** The verb read: what was said since a time, in the seeds' lines (rows S3.37 to S3.42). */

import { UsageError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { showNumbered } from "./entry_lines.ts";
import { knownAccount } from "./nobody.ts";
import { storedRoom } from "./rooms/find_room.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
import {
  broadcastsSince,
  NOTHING_NEW,
  type Numbered,
  PLACE_OPTIONS,
  textsSince,
} from "./said_since.ts";
import type { Verb } from "./verb.ts";
import { IDS_OPTION, PAGING_OPTIONS, readPaging } from "./talk/paging.ts";
import { readWhen } from "./when.ts";

/** The row of `read`. */
export const READ_VERB: Verb = {
  name: "read",
  aliases: [],
  group: "Messages",
  summary: "show what was said since a time, shown before or not",
  details:
    "Conversations are read from this machine, without a connection; each message has its number in its conversation, and is new no more. Broadcasts are read from the server, those too that were said before you came; each has its number on the server.",
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
    ...PLACE_OPTIONS,
    ...PAGING_OPTIONS,
    IDS_OPTION,
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
      throw new UsageError(
        "since-missing",
        "Say since when. Example: heliograph read bob --since 2h",
      );
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
    if (areBroadcasts && (values.has("--limit") || values.has("--before"))) {
      throw new UsageError("too-much", "With --broadcasts there is no --limit and no --before");
    }
    const client = areBroadcasts ? await context.connectClient() : await context.openClient();
    const shown = {
      rooms: await RoomLabels.of(client),
      ids: values.has("--ids"),
      named: asked.name === undefined && asked.room === undefined,
    };
    let count = 0;
    if (areBroadcasts) {
      for await (const numbered of await broadcasts(client, asked)) {
        count++;
        await showNumbered(context, client, numbered, shown);
      }
    } else {
      const about = await placeOf(context, client, asked);
      const paging = await readPaging(client, values, about);
      const said = await textsSince(client, { about, sinceMs: asked.sinceMs, ...paging });
      for (const numbered of said) await showNumbered(context, client, numbered, shown);
      client.talk.markShown(said.map(({ entry }) => entry));
      count = said.length;
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
async function placeOf(
  context: Context,
  client: Client,
  { name, room }: Asked,
) {
  const asked = room ?? (name?.startsWith("#") ? name : undefined);
  if (asked !== undefined) {
    const connect = () => context.connect(client, context.signal);
    return await storedRoom(client, asked, connect);
  }
  return name === undefined ? undefined : await knownAccount(client, name);
}
