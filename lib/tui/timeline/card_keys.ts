/** Which card stands where, and which keys it has. Pure. */

import { commonPlace } from "../../client/transfers/describe.ts";
import { cardView, transferOf } from "../../app/conversations/card_view.ts";
import {
  type Card,
  type CardAction,
  cardIdOf,
  type CardNames,
  type CardView,
} from "../../app/conversations/cards.ts";
import type { Item, Model } from "../../app/conversations/model.ts";
import { picturesOfCard } from "../../app/conversations/picture_refs.ts";

/** The keys of the actions, in the order in which they are shown, and what they do. */
const KEYS: Readonly<Record<CardAction, readonly [key: string, does: string]>> = {
  accept: ["y", "accept it"],
  decline: ["n", "decline it"],
  watch: ["y", "watch again"],
  pause: ["p", "pause"],
  resume: ["r", "resume"],
  cancel: ["x", "cancel"],
  stop: ["x", "stop it"],
  open: ["enter", "open the folder"],
};

/** The card that stands at an item; undefined where none does. */
export function cardAt({ cards }: Pick<Model, "cards">, item: Item): Card | undefined {
  const id = item.kind === "entry" ? cardIdOf(item.entry) : undefined;
  return id === undefined ? undefined : cards.get(id);
}

/** The keys of a card, as hints. */
export function cardKeys(card: Card, names: CardNames): readonly (readonly [string, string])[] {
  const keys = keysOf(cardView(card, names));
  const pictures = picturesOfCard(card).length;
  if (pictures === 0) return keys;
  const shows = pictures > 1 ? `all ${pictures} pictures` : "the whole picture";
  return [["enter", shows], ...keys.filter(([key]) => key !== "enter")];
}

/** The same of what is drawn. */
export function keysOf({ actions }: CardView): readonly (readonly [string, string])[] {
  const keys = actions.map((action) => KEYS[action]);
  return actions.includes("open") ? [...keys, ["o", "open"]] : keys;
}

/** What a key does with a card; undefined where it is none of its keys. */
export function actionOf({ actions }: CardView, key: string): CardAction | undefined {
  return actions.find((action) => KEYS[action][0] === key);
}

/** Whether the first press of this key asks whether it is meant. */
export function isCancelKey({ actions }: CardView, key: string): boolean {
  return key === "x" && actions.includes("cancel");
}

/** Where the files of a card are that were taken; undefined where there are none. */
export function receivedAt(card: Card | undefined): string | undefined {
  const transfer = card && transferOf(card);
  if (transfer?.direction !== "in" || transfer.state.state !== "done") return undefined;
  return transfer.finished.length === 0 ? undefined : commonPlace(transfer.finished);
}

/** The command for what a key does. `number`: as people call the transfer or the stream. */
export function commandOf(action: CardAction, number: string): string {
  switch (action) {
    case "accept":
    case "watch":
      return `/y ${number}`;
    case "decline":
      return `/n ${number}`;
    case "stop":
      return "/stream stop";
    case "pause":
    case "resume":
    case "cancel":
      return `/${action} ${number}`;
    case "open":
      return "/transfers";
  }
}
