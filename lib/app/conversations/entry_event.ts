/** From an entry of the history to the event that tells of it, with a server and without one. */

import type { PlacedEntry } from "../../client/store/history.ts";
import type { AppEvent } from "../events.ts";
import type { ConversationClient } from "../person_row.ts";

/** Reads once what belongs to an entry: whoever is told of it need not look it up. */
export async function entryEvent(
  { talk, messenger: { history } }: Pick<ConversationClient, "messenger" | "talk">,
  entry: PlacedEntry,
): Promise<Extract<AppEvent, { type: "entry" }>> {
  const facts = await talk.factsOf(entry);
  const changed = entry.kind === "change" ? facts.target : undefined;
  return {
    type: "entry",
    entry,
    facts,
    target: changed && { entry: changed, facts: await talk.factsOf(changed) },
    wasShown: history.index.isShown(entry.place),
  };
}
