/** What the commands that read show: the last of a conversation, all conversations, numbered lists. */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { HistoryEntry, PlacedEntry } from "../../client/store/history.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Report } from "../../commands/wording.ts";
import type { PersonContext } from "../person_row.ts";
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
  return await Promise.all(entries.map(async (entry) => {
    const facts = await client.talk.factsOf(entry);
    return { kind: "entry", facts: { entry, facts, ...shown } } as const;
  }));
}

/** What was said last in a conversation, which is new no more; else with whom there is anything. */
export async function* last(
  context: PersonContext,
  values: CommandValues,
  { peer, paging }: { peer: Peer | undefined; paging: Paging },
): Reading {
  const { client, isDialogue, people } = context;
  const shown = await shownOf(client, values);
  if (peer === undefined) return await overview(client, shown);
  const { limit = MOST_ENTRIES } = paging;
  const entries = await client.talk.page({
    about: peer,
    kinds: ["text", "notice"],
    ...paging,
    limit: isDialogue ? Math.min(limit, MOST_ENTRIES) : limit,
  });
  yield await entryReports(client, entries, shown);
  if (values.maybe("--peek") === undefined) client.talk.markShown(entries);
  if (entries.length > 0) return NOTHING;
  return result("no-messages", { with: { peer, name: people?.nameOf(peer) ?? peer } });
}

/** With whom there is anything, and how much of it is new. */
export async function overview(
  client: Client,
  { rooms }: ShowOptions,
): Promise<CommandResult<ReadKinds>> {
  const { conversations, broadcasts } = await overviewOf(client);
  const reports: Report<ReadKinds>[] = [...conversations].map(([peer, heap]) => ({
    kind: "conversation",
    facts: { peer, heap, rooms },
  }));
  if (broadcasts !== undefined) {
    reports.push({ kind: "broadcasts", facts: { heap: broadcasts } });
  }
  return reports.length === 0 ? result("no-messages", { with: undefined }) : { reports };
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
