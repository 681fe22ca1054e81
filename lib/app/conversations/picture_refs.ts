/** The pictures of an item of a page: below the card of their files. Pure. */

import type { Transfer } from "../../client/transfers/transfer.ts";
import { transferOf } from "./card_view.ts";
import { beginsCard, type Card, cardIdOf } from "./cards.ts";
import type { Item, Model } from "./model.ts";
import { type PictureRef, picturesIn } from "./pictures.ts";

/** Made once for a transfer as it stands. */
const kept = new WeakMap<Transfer, readonly PictureRef[]>();
const NONE: readonly PictureRef[] = [];

/** Those that may be drawn now. */
export function pictureRefs({ cards }: Pick<Model, "cards">, item: Item): readonly PictureRef[] {
  if (item.kind === "line" || !beginsCard(item.entry)) return NONE;
  const id = cardIdOf(item.entry);
  const card = id === undefined ? undefined : cards.get(id);
  return card === undefined ? NONE : picturesOfCard(card);
}

/** The same of a card. */
export function picturesOfCard(card: Card): readonly PictureRef[] {
  const transfer = transferOf(card);
  if (transfer === undefined) return NONE;
  const refs = kept.get(transfer) ?? picturesIn(transfer);
  kept.set(transfer, refs);
  return refs;
}
