/** A room in which people answer, react, edit and delete: for screens of it. */

import type { AccountId } from "../../lib/base/ids.ts";
import type { Item, Model } from "../../lib/app/conversations/model.ts";
import { openPlace } from "../../lib/app/conversations/moving.ts";
import { addItem } from "../../lib/app/conversations/update.ts";
import { ALICE, at, BOB, busyModel, CAROL, OPS, said } from "./scenes.ts";

const DAVE = "dave" as AccountId;

/** So many lines of a log. */
export function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1} of the log`).join("\n");
}

/** Everything that can stand in a room, oldest first. */
export function roomItems(): readonly ReturnType<typeof said>[] {
  const inRoom = { peer: OPS };
  const own = { ...inRoom, own: true };
  const question = said(
    "bob",
    "lunch at noon? the place with the noodles, where we were last week",
    {
      ...{ ...inRoom, atMs: at(9, 0) },
      reactions: [
        { account: CAROL, emojis: ["👍", "🍜"] },
        { account: ALICE, emojis: ["👍"] },
        { account: DAVE, emojis: ["👍"] },
      ],
    },
  );
  return [
    question,
    said("bob", "I book a table", { ...inRoom, atMs: at(9, 1) }),
    said("bob", "", { ...inRoom, atMs: at(9, 2), deletedBy: BOB }),
    said("carol", "@alice are you coming?", { ...inRoom, atMs: at(9, 3), mentions: true }),
    said("alice", "yes", {
      ...{ ...own, atMs: at(9, 4), replyTo: question.entry.id, target: question.entry },
      ...{ editedMs: at(9, 5), delivery: "delivered" },
    }),
    said("dave", "and me", {
      ...{ ...inRoom, atMs: at(9, 5), replyTo: "gone" },
    }),
    said("bob", lines(40), { ...inRoom, atMs: at(9, 10) }),
  ];
}

/** Alice, in the room. */
export function roomModel(items: readonly Item[] = roomItems()): Model {
  // What others say meanwhile stands in the model of everybody.
  let model: Model = { ...busyModel(), pages: new Map(), requests: [] };
  model = openPlace(model, OPS);
  for (const item of items) model = addItem(model, OPS, item);
  return model;
}
