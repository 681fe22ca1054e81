/** What keys do with the card that has the cursor. Every change is a command of the table, as it would be typed. */

import { cardView, transferOf } from "../../app/conversations/card_view.ts";
import type { Card } from "../../app/conversations/cards.ts";
import type { Item } from "../../app/conversations/model.ts";
import type { App } from "../conversations/app.ts";
import { actionOf, cardAt, commandOf, isCancelKey, receivedAt } from "../timeline/card_keys.ts";
import { openReceived } from "./opening.ts";

/** Does what a key means for the card of an item; false where it is none of its keys. */
export function handleCardKey(app: App, item: Item, key: string): boolean {
  const card = cardAt(app.model, item);
  if (card === undefined) return false;
  const view = cardView(card, app.talk.facts.names);
  const action = actionOf(view, key);
  if (action === undefined) return false;
  if (isCancelKey(view, key) && app.cursor.sure !== "cancel") {
    app.cursor.sure = "cancel";
    return true;
  }
  app.cursor.sure = undefined;
  if (action === "open") openFolder(app, card);
  else run(app, commandOf(action, numberOf(card)));
  return true;
}

function openFolder(app: App, card: Card): void {
  const file = receivedAt(card);
  if (file !== undefined) openReceived(app, file, { asFolder: true });
}

function numberOf(card: Card): string {
  return card.kind === "stream" ? `s${card.stream.number}` : `${transferOf(card)?.number ?? ""}`;
}

/** What it answers stands above the line: what it changed is seen on the card. */
function run(app: App, command: string): void {
  const { open } = app.model;
  app.inbox.start(
    app.inbox.answersTo(open, () => app.talk.enter(command, open)).then((lines) => {
      app.cursor.note = lines.at(-1) ?? "";
      app.canvas.now();
    }),
  );
}
