import { deepEqual, equal } from "node:assert/strict";
import { pageOf } from "../../../lib/tui/model.ts";
import { addItem, dropItems, firstUnread, replaceItem } from "../../../lib/tui/update.ts";
import { BOB, busyModel, CAROL, said } from "../../kit/scenes.ts";

Deno.test("model replaces an item where it stands, and none that is not there", () => {
  const item = said("bob", "lunch?");
  const model = addItem(busyModel(), BOB, item);
  const edited = { ...item, text: said("bob", "dinner?").text };
  const texts = (of: typeof model) => pageOf(of, BOB).items.map(({ text }) => text);
  deepEqual(texts(replaceItem(model, BOB, edited)), [...texts(model).slice(0, -1), "dinner?"]);
  equal(replaceItem(model, CAROL, edited), model);
});

Deno.test("model drops what is erased, and what is new stays new", () => {
  let model = busyModel();
  const items = ["one", "two", "three"].map((text) => said("carol", text));
  for (const item of items) model = addItem(model, CAROL, item);
  const { unread, items: before } = pageOf(model, CAROL);
  const next = dropItems(model, (place) => place === items[1].place);
  deepEqual(
    pageOf(next, CAROL).items.map(({ text }) => text),
    before.map(({ text }) => text).filter((text) => text !== "two"),
  );
  equal(pageOf(next, CAROL).unread, unread);
  equal(firstUnread(pageOf(next, CAROL)), firstUnread(pageOf(model, CAROL)));
  equal(dropItems(model, () => false), model);
});
