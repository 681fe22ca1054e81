/** What belongs to an entry of the history and stands elsewhere: how far it has come, what was said of it, what it is about. */

import type { AccountId } from "../../base/ids.ts";
import type { HistoryEntry, PlacedEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { deliveriesOf, type DeliveryState } from "../sending/sender.ts";
import type { StoredChange } from "../store/change_store.ts";

/** Emoji of one account. */
export interface Reaction {
  readonly account: AccountId;
  readonly emojis: readonly string[];
}

/** See above. */
export interface EntryFacts {
  /** Of an own text or change. */
  readonly delivery: DeliveryState | undefined;
  /** To a text; of a change of that kind the one that it is about. Whoever says nothing is left out. */
  readonly reactions: readonly Reaction[];
  /** What a text answers in its conversation, or a change is about; undefined too when nothing is left of it. */
  readonly target: PlacedEntry | undefined;
}

/** Looks an entry's facts up. Opens what it answers. */
export async function factsOf(messenger: Messenger, entry: HistoryEntry): Promise<EntryFacts> {
  const [facts] = await factsOfEach(messenger, [entry]);
  return facts;
}

/** The facts of many entries, in their order: with as many queries as for one. */
export async function factsOfEach(
  messenger: Messenger,
  entries: readonly HistoryEntry[],
): Promise<readonly EntryFacts[]> {
  const { history, history: { changes } } = messenger;
  const abouts = entries.flatMap((entry) => aboutOf(entry) ?? []);
  const reacted = entries.flatMap(({ kind, id, change }) =>
    kind === "text" ? id : change?.type === "reaction" ? change.target : []
  );
  const [targets, reactions] = await Promise.all([
    history.texts(abouts),
    Promise.all(
      changes.reactionsToEach(reacted).map(async (row) => ({
        target: row.target,
        reaction: await openReaction(messenger, row),
      })),
    ),
  ]);
  const byTarget = Map.groupBy(reactions, ({ target }) => target);
  const own = entries.flatMap(({ own, kind, id }) =>
    own && (kind === "text" || kind === "change") ? id : []
  );
  const deliveries = deliveriesOf(messenger, own);
  return entries.map((entry): EntryFacts => {
    const { kind, id, change, from } = entry;
    const target = targets.get(aboutOf(entry) ?? "");
    const isReaction = change?.type === "reaction";
    const said = kind === "text" ? id : isReaction ? change.target : undefined;
    const all = said === undefined ? [] : byTarget.get(said) ?? [];
    return {
      delivery: entry.own && kind !== "notice" ? deliveries.get(id) : undefined,
      reactions: all.map(({ reaction }) => reaction).filter(({ account, emojis }) =>
        emojis.length > 0 && (!isReaction || account === from)
      ),
      target: target?.peer === entry.peer ? target : undefined,
    };
  });
}

function aboutOf({ change, replyTo }: HistoryEntry): string | undefined {
  return change?.target ?? replyTo;
}

/** What an account says by emoji. */
export async function openReaction(
  { profile: { vault } }: Messenger,
  { id, account, sealed }: Pick<StoredChange, "id" | "account" | "sealed">,
): Promise<Reaction> {
  return { account, emojis: await vault.openValue("change", id, sealed) };
}
