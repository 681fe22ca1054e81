/** How a card looks: what it is, how far, and what can be done with it. Pure. */

import type { Transfer } from "../../client/transfers/transfer.ts";
import type { Card, CardNames, CardView } from "./cards.ts";
import { fileView, isEnd } from "./file_card_view.ts";
import { streamView } from "./stream_card_view.ts";

/** A card in words and figures. */
export function cardView(card: Card, names: CardNames): CardView {
  return card.kind === "stream" ? streamView(card, names) : fileView(card, names);
}

/** Which of its transfers a key or a command is about; undefined for a stream. */
export function transferOf(card: Card): Transfer | undefined {
  if (card.kind !== "files") return undefined;
  const open = card.transfers.find(({ transfer: { state } }) => !isEnd(state.state));
  return (open ?? card.transfers[0]).transfer;
}
