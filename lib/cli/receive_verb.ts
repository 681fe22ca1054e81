/** The verb receive. */

import { isRoom } from "../base/ids.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { READ_WORDING } from "../app/commands/reading_wording.ts";
import { showReport } from "./person_verbs.ts";
import { follow, type Show } from "./following.ts";
import { makeFilter } from "./receive_filter.ts";
import { showRequests } from "./requests/show_requests.ts";
import { RoomLabels } from "../app/rooms/room_labels.ts";
import { IDS_OPTION } from "../app/talk/paging.ts";
import type { Verb } from "./verb.ts";
import { readWhen } from "../app/when.ts";

type Client = Awaited<ReturnType<Context["openClient"]>>;

/** The row of `receive`. */
export const RECEIVE_VERB: Verb = {
  name: "receive",
  aliases: ["recv"],
  group: "Messages",
  summary: "show what has arrived and was not shown yet",
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
    IDS_OPTION,
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
  const { history } = client.messenger;
  const takes = makeFilter(client, values);
  const rooms = await RoomLabels.of(client);
  const since = readSince(context, values);
  const ids = values.has("--ids");
  let place: number | undefined;
  return async () => {
    const isTaken = await takes();
    const last = history.lastPlace;
    // Most looks find nothing, and open nothing.
    const asked = since === undefined ? await showRequests(context, client, isTaken) : 0;
    if (last === place) return asked;
    const from = place ?? 0;
    place = last;
    const entries = since === undefined ? await history.unshown() : await history.after(from);
    // What is filtered out has not been shown to anyone.
    const wanted = entries.filter((entry) =>
      !entry.own && entry.place > from && entry.place <= last && isTaken(entry) &&
      (since === undefined || entry.atMs >= since)
    );
    for (const entry of wanted) {
      // Lines of the program tell of names and of members.
      if (isRoom(entry.peer) && (entry.kind === "notice" || !rooms.has(entry.peer))) {
        await rooms.refresh();
      }
      const facts = { entry, facts: await client.talk.factsOf(entry), rooms, ids };
      await showReport(context, { kind: "entry", facts }, READ_WORDING);
    }
    client.talk.markShown(wanted);
    return asked + wanted.length;
  };
}

function readSince(context: Context, values: CommandValues): number | undefined {
  const text = values.option("--since");
  return text === undefined ? undefined : readWhen(text, context.clock);
}
