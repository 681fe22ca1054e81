/** The verb receive. */

import { isRoom } from "../base/ids.ts";
import { unreadMark } from "../client/messaging/marks.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { showEntry } from "./entry_lines.ts";
import { follow, type Show } from "./following.ts";
import { makeFilter } from "./receive_filter.ts";
import { showRequests } from "./requests/show_requests.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
import type { Verb } from "./verb.ts";
import { readWhen } from "./when.ts";

type Client = Awaited<ReturnType<Context["openClient"]>>;

/** The row of `receive`. */
export const RECEIVE_VERB: Verb = {
  name: "receive",
  aliases: ["recv"],
  group: "Messages",
  summary: "show what has arrived and was not shown yet",
  arguments: [],
  options: [
    { flag: "--follow", summary: "go on until ctrl-C" },
    { flag: "--from", valueName: "NAME", summary: "only what this one said" },
    { flag: "--room", valueName: "ROOM", summary: "only what was said in this room" },
    {
      flag: "--since",
      valueName: "WHEN",
      summary:
        "everything since then, shown before or not: 2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00",
    },
  ],
  examples: [
    { line: "receive --json", summary: "one object a message" },
    { line: "receive --follow --from bob", summary: "what bob says, as it comes" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  async run(context, values) {
    const client = await context.openClient();
    const show = await makeShow(context, client, values);
    if (values.has("--follow")) return await follow(context, client, show);
    await context.connect(client, context.signal);
    await client.sync();
    if (await show() === 0) await context.output.note("nothing new");
    return EXIT.done;
  },
};

/** Shows what is new each time that it is called, while there is a connection. Throws Refusal `unknown-account`, `unknown-room`. */
async function makeShow(
  context: Context,
  client: Client,
  values: CommandValues,
): Promise<Show> {
  const { database } = client.profile;
  const { history } = client.messenger;
  const takes = makeFilter(client, values);
  const isAll = !values.has("--from") && !values.has("--room");
  const rooms = await RoomLabels.of(client);
  const since = readSince(context, values);
  let place: number | undefined = since === undefined ? undefined : 0;
  return async () => {
    const isTaken = await takes();
    let shown = 0;
    const start = place ?? unreadMark(database).get();
    const entries = await history.after(start);
    for (const entry of entries) {
      place = place === undefined ? undefined : entry.place;
      if (since !== undefined && entry.atMs < since) continue;
      if (entry.own || !isTaken(entry)) continue;
      // Lines of the program tell of names and of members.
      if (isRoom(entry.peer) && (entry.kind === "notice" || !rooms.has(entry.peer))) {
        await rooms.refresh();
      }
      await showEntry(context, entry, rooms);
      shown++;
    }
    if (since === undefined) shown += await showRequests(context, client, isTaken);
    // What was filtered out has not been shown to anyone.
    const last = entries[entries.length - 1];
    if (isAll && since === undefined && last !== undefined) {
      unreadMark(database).moveTo(last.place);
    }
    if (!isAll && last !== undefined) place = last.place;
    return shown;
  };
}

function readSince(context: Context, values: CommandValues): number | undefined {
  const text = values.option("--since");
  return text === undefined ? undefined : readWhen(text, context.clock);
}
