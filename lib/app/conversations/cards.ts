/**
 * What goes on in a conversation as one card where it began: files on their way, and what is shown live. A line of the history
 * says where the card stands; all later lines about the same are part of it. Pure.
 */

import type { Peer, StreamId, TransferId } from "../../base/ids.ts";
import { offerEndsMs } from "../../client/streams/source_words.ts";
import type { LiveNow } from "../../client/streams/live_now.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import type { Progress } from "../../client/transfers/meter.ts";
import { subjectOf, type Transfer } from "../../client/transfers/transfer.ts";

/** By what a card is found: a transfer, an offer of files to a room, or a stream. */
export type CardId = TransferId | StreamId;

/** A transfer, and how it moves if it moves here. */
export interface MovingTransfer {
  readonly transfer: Transfer;
  readonly progress: Progress | undefined;
  /** It may only go straight, and the person has not let it. */
  readonly awaitsConsent?: boolean;
}

/** Files: one transfer, or, of what the person offers to a room, one for each member. */
export interface FileCard {
  readonly kind: "files";
  /** By their numbers. At least one. */
  readonly transfers: readonly MovingTransfer[];
}

/** Something that is shown live. */
export interface StreamCard {
  readonly kind: "stream";
  readonly stream: StreamRow;
  /** Undefined where it does not run in this process. */
  readonly live: LiveNow | undefined;
  /** The time to answer is over. */
  readonly isLate: boolean;
}

/** How either stands. */
export type Card = FileCard | StreamCard;

/** What can be done with a card. */
export type CardAction =
  | "accept"
  | "decline"
  | "pause"
  | "resume"
  | "cancel"
  | "open"
  | "watch"
  | "stop";

/** A card as it is drawn. */
export interface CardView {
  readonly sign: "⇣" | "⇡" | "▶" | "●" | "‖" | "✓" | "✗";
  readonly name: string;
  /** How much of it there is, from 0 to 1; undefined where no bar is drawn. */
  readonly share?: number;
  /** What matters most first. */
  readonly facts: readonly string[];
  readonly tone: "asks" | "moves" | "waits" | "done" | "failed";
  readonly actions: readonly CardAction[];
}

/** Who is called what. */
export interface CardNames {
  nameOf(peer: Peer): string;
}

/** Where a card begins; what the history says of it later changes the card. */
const BEGINNINGS: ReadonlySet<string> = new Set([
  "file-offer",
  "file-offered",
  "stream-offer",
  "stream-offered",
]);

/** What a line of the program is about; undefined for every other entry. */
export function cardIdOf(
  { kind, transfer, stream }: Pick<HistoryEntry, "kind" | "transfer" | "stream">,
): CardId | undefined {
  return kind === "notice" ? transfer ?? stream : undefined;
}

/** Whether a line is where its card stands. */
export function beginsCard(entry: HistoryEntry): boolean {
  return cardIdOf(entry) !== undefined && BEGINNINGS.has(entry.id);
}

/** The cards of transfers, by what they are of. */
export function fileCards(moving: readonly MovingTransfer[]): ReadonlyMap<CardId, FileCard> {
  const groups = Map.groupBy(moving, ({ transfer }) => subjectOf(transfer));
  return new Map([...groups].map(([id, transfers]) => [id, { kind: "files", transfers }]));
}

/** A stream as it is at this time. */
export function streamCard(
  stream: StreamRow,
  live: LiveNow | undefined,
  nowMs: number,
): StreamCard {
  return { kind: "stream", stream, live, isLate: nowMs >= offerEndsMs(stream) };
}

/** Cards with others put over them: of an offer to a room each member's newest counts. */
export function overCards(
  cards: ReadonlyMap<CardId, Card>,
  newer: ReadonlyMap<CardId, Card>,
): ReadonlyMap<CardId, Card> {
  if (newer.size === 0) return cards;
  const all = new Map(cards);
  for (const [id, card] of newer) all.set(id, overCard(all.get(id), card));
  return all;
}

function overCard(before: Card | undefined, card: Card): Card {
  if (before?.kind !== "files" || card.kind !== "files") return card;
  const byId = new Map(before.transfers.map((one) => [one.transfer.id, one]));
  for (const one of card.transfers) byId.set(one.transfer.id, one);
  const transfers = [...byId.values()].sort((a, b) => a.transfer.number - b.transfer.number);
  return { kind: "files", transfers };
}
