/** What belongs to an entry of the history and stands elsewhere: how far it has come, what was said of it, what it is about. */

import type { AccountId } from "../../base/ids.ts";
import type { HistoryEntry, PlacedEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { deliveryOf, type DeliveryState } from "../sending/sender.ts";
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
  /** What a text answers, or a change is about; undefined too when nothing is left of it. */
  readonly target: PlacedEntry | undefined;
}

/** Looks an entry's facts up. Opens what it answers. */
export async function factsOf(messenger: Messenger, entry: HistoryEntry): Promise<EntryFacts> {
  const { history, history: { changes } } = messenger;
  const { kind, own, id, replyTo, change, from } = entry;
  const about = change?.target ?? replyTo;
  const stored = kind === "text"
    ? changes.reactionsTo(id)
    : change?.type === "reaction"
    ? changes.reactionsTo(change.target).filter(({ account }) => account === from)
    : [];
  const reactions = await Promise.all(stored.map((row) => openReaction(messenger, row)));
  return {
    delivery: own && (kind === "text" || kind === "change") ? deliveryOf(messenger, id) : undefined,
    reactions: reactions.filter(({ emojis }) => emojis.length > 0),
    target: about === undefined ? undefined : await history.text(about),
  };
}

/** What an account says by emoji. */
export async function openReaction(
  { profile: { vault } }: Messenger,
  { id, account, sealed }: Pick<StoredChange, "id" | "account" | "sealed">,
): Promise<Reaction> {
  return { account, emojis: await vault.openValue("change", id, sealed) };
}
