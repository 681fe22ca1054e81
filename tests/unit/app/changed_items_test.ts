import { deepEqual, equal } from "node:assert/strict";
import { pageOf } from "../../../lib/app/conversations/model.ts";
import {
  addItem,
  dropItems,
  firstUnread,
  replaceItem,
} from "../../../lib/app/conversations/update.ts";
import { BOB, busyModel, CAROL, said, textOf } from "../../kit/scenes.ts";

Deno.test("model replaces an item where it stands, and none that is not there", () => {
  const item = said("bob", "lunch?");
  const model = addItem(busyModel(), BOB, item);
  const edited = { ...item, entry: { ...item.entry, text: "dinner?" } };
  const texts = (of: typeof model) => pageOf(of, BOB).items.map(textOf);
  deepEqual(texts(replaceItem(model, BOB, edited)), [...texts(model).slice(0, -1), "dinner?"]);
  equal(replaceItem(model, CAROL, edited), model);
});

Deno.test("model drops what is erased, and what is new stays new", () => {
  let model = busyModel();
  const items = ["one", "two", "three"].map((text) => said("carol", text));
  for (const item of items) model = addItem(model, CAROL, item);
  const { unread, items: before } = pageOf(model, CAROL);
  const next = dropItems(model, new Set([items[1].entry.place]));
  deepEqual(
    pageOf(next, CAROL).items.map(textOf),
    before.map(textOf).filter((text) => text !== "two"),
  );
  equal(pageOf(next, CAROL).unread, unread);
  equal(firstUnread(pageOf(next, CAROL)), firstUnread(pageOf(model, CAROL)));
  equal(dropItems(model, new Set()), model);
});
