/** What the commands that read show: the last of a conversation, all conversations, numbered lists. */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { PageRequest } from "../../client/talk/pages.ts";
import type { HistoryEntry, PlacedEntry } from "../../client/store/history.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Report } from "../../commands/wording.ts";
import type { ConversationContext, PersonContext } from "../person_row.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { overviewOf } from "../talk/overview.ts";
import type { Paging } from "../talk/paging.ts";
import { broadcastsSince, type Numbered, textsSince } from "../talk/said_since.ts";
import type { ReadKinds, ShowOptions } from "./reading_wording.ts";

/** Shows something, in parts. */
export type Reading = AsyncGenerator<readonly Report<ReadKinds>[], CommandResult<ReadKinds>, void>;

/** Messages of a list: more than a screen, and not a flood. */
export const MOST_ENTRIES = 50;
/** So many lines are laid on each other before they are shown. */
const LINES_AT_ONCE = 100;

/** All was told on the way. */
export const NOTHING = { reports: [] };

/** How entries are shown here. */
export async function shownOf(
  client: Pick<Client, "rooms">,
  values: CommandValues,
): Promise<ShowOptions> {
  return { ids: values.maybe("--ids") !== undefined, rooms: await RoomLabels.of(client) };
}

/** Entries with what belongs to them. */
export async function entryReports(
  client: Pick<Client, "talk">,
  entries: readonly PlacedEntry[],
  shown: ShowOptions,
): Promise<readonly Report<ReadKinds>[]> {
  const facts = await client.talk.factsOfEach(entries);
  return entries.map((entry, i) =>
    ({ kind: "entry", facts: { entry, facts: facts[i], ...shown } }) as const
  );
}

/** What was said last in a conversation, which is new no more; else with whom there is anything. */
export async function* last(
  context: ConversationContext,
  values: CommandValues,
  { peer, paging }: { peer: Peer | undefined; paging: Paging },
): Reading {
  const { client, people } = context;
  if (peer === undefined) return await overview(context, values);
  const shown = await shownOf(client, values);
  const entries = await client.talk.page({
    about: peer,
    ...paging,
    ...wantedOf(context, values, paging),
  });
  yield await entryReports(client, entries, shown);
  if (values.maybe("--peek") === undefined) client.talk.markShown(entries);
  if (entries.length > 0) return NOTHING;
  const isSince = paging.sinceMs !== undefined;
  return result("no-messages", { peer, name: people?.nameOf(peer) ?? peer, isSince });
}

/** Which of them. A front end with an option for all shows what the other one said, however much that is. */
function wantedOf(
  { isDialogue }: ConversationContext,
  values: CommandValues,
  { limit }: Paging,
): Pick<PageRequest, "kinds" | "own" | "limit"> {
  if (values.takes("--all")) {
    return values.has("--all")
      ? { kinds: ["text", "notice", "change"], limit }
      : { kinds: ["text"], own: false, limit };
  }
  const most = isDialogue ? MOST_ENTRIES : Infinity;
  return { kinds: ["text", "notice"], limit: Math.min(limit ?? MOST_ENTRIES, most) };
}

/** With whom there is anything, and how much of it is new. */
export async function overview(
  { client }: ConversationContext,
  values: CommandValues,
): Promise<CommandResult<ReadKinds>> {
  const { rooms } = await shownOf(client, values);
  const { conversations, broadcasts } = await overviewOf(client);
  const reports: Report<ReadKinds>[] = [...conversations]
    .filter(([, { theirs }]) => theirs > 0 || !values.takes("--all"))
    .map(([peer, heap]) => ({ kind: "conversation", facts: { peer, heap, rooms } }));
  if (broadcasts !== undefined) {
    reports.push({ kind: "broadcasts", facts: { heap: broadcasts } });
  }
  return reports.length === 0 ? result("no-conversations", {}) : { reports };
}

type ToShow = Numbered<HistoryEntry | PlacedEntry>;

/** Shows a numbered list. */
async function* numberedList(
  { client, isDialogue }: PersonContext,
  numbered: AsyncIterable<ToShow> | Iterable<ToShow>,
  shown: ShowOptions & { readonly named: boolean },
): Reading {
  let lines: Report<ReadKinds>[] = [];
  let count = 0;
  for await (const { number, entry } of numbered) {
    // For programs.
    const facts = "place" in entry && !isDialogue ? await client.talk.factsOf(entry) : undefined;
    lines.push({ kind: "numbered", facts: { number, entry, facts, ...shown } });
    if (++count % LINES_AT_ONCE > 0) continue;
    yield lines;
    lines = [];
  }
  yield lines;
  return count === 0 ? result("nothing-new", {}) : NOTHING;
}

/** Texts since a time, which are new no more: with one, in one room, in all rooms, or all. */
export async function* texts(
  context: PersonContext,
  values: CommandValues,
  asked: Parameters<typeof textsSince>[1],
): Reading {
  const { client } = context;
  const { about } = asked;
  const said = await textsSince(client, asked);
  const named = about === undefined || about === "rooms";
  const done = yield* numberedList(context, said, { ...await shownOf(client, values), named });
  client.talk.markShown(said.map(({ entry }) => entry));
  return done;
}

/** Broadcasts that the server still has. */
export async function* broadcasts(
  context: PersonContext,
  values: CommandValues,
  asked: Parameters<typeof broadcastsSince>[1],
): Reading {
  const { client } = context;
  const shown = await shownOf(client, values);
  return yield* numberedList(context, broadcastsSince(client, asked), { ...shown, named: false });
}
