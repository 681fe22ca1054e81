import { equal } from "node:assert/strict";
import { type Item, newModel, pageOf } from "../../../lib/tui/model.ts";
import {
  addItem,
  addOlder,
  countUnread,
  MAX_PAGE_ITEMS,
  openNeighbour,
  openNextUnread,
  openPlace,
  setFocus,
  setPeers,
  totalUnread,
} from "../../../lib/tui/update.ts";
import { at, BOB, busyModel, CAROL, listed, OPS, said } from "../../kit/scenes.ts";

Deno.test("model counts as unread what others say elsewhere, and nothing that is seen or own", () => {
  const model = busyModel();
  equal(pageOf(model, BOB).unread, 0);
  equal(pageOf(model, CAROL).unread, 2);
  equal(totalUnread(model).unread, 3);
  equal(pageOf(addItem(model, CAROL, said("you", "yes", { own: true })), CAROL).unread, 2);
});

Deno.test("model counts what comes while the terminal has no focus, until it has it again", () => {
  let model = setFocus(busyModel(), false);
  model = addItem(model, BOB, said("bob", "look!"));
  equal(pageOf(model, BOB).unread, 1);
  equal(pageOf(setFocus(model, true), BOB).unread, 0);
});

Deno.test("model takes each place of the history once", () => {
  let model = busyModel();
  const item = said("bob", "once");
  model = addItem(addItem(model, BOB, item), BOB, { ...item, key: "again" });
  equal(pageOf(model, BOB).items.filter(({ text }) => text === "once").length, 1);
  model = addOlder(model, BOB, { items: [said("bob", "old", { place: -5 }), item], isWhole: true });
  equal(pageOf(model, BOB).items.filter(({ text }) => text === "once").length, 1);
  equal(pageOf(model, BOB).items[0].text, "old");
});

Deno.test("model goes to what has the person's name first, then to the rest, then nowhere", () => {
  let model = setPeers(newModel("alice", at(9, 0)), [
    listed(BOB),
    listed(CAROL),
    listed(OPS, { presence: "room" }),
  ]);
  model = addItem(model, OPS, said("bob", "nobody is meant"));
  model = addItem(model, CAROL, said("carol", "you are"));
  model = openNextUnread(model);
  equal(model.open, CAROL);
  model = openNextUnread(model);
  equal(model.open, OPS);
  equal(openNextUnread(model), model);
});

Deno.test("model goes round the list in both directions", () => {
  let model = openPlace(busyModel(), undefined);
  model = openNeighbour(model, -1);
  equal(model.open, CAROL);
  model = openNeighbour(model, 1);
  equal(model.open, undefined);
});

Deno.test("model puts what was unread at the start behind the line of what is new", () => {
  const texts = ["old", "older", "new", "newest"].map((text) => said("bob", text));
  let model = setPeers(newModel("alice", at(9, 0)), [listed(BOB)]);
  model = addOlder(model, BOB, { items: texts, isWhole: true });
  model = countUnread(model, BOB, 2);
  equal(pageOf(model, BOB).unread, 2);
  equal(pageOf(model, BOB).freshAfter, texts[1].key);
});

Deno.test("model keeps a bounded page, and knows that older is on the disk", () => {
  let model = setPeers(newModel("alice", at(9, 0)), [listed(BOB)]);
  const items: Item[] = Array.from({ length: MAX_PAGE_ITEMS }, (_, i) => said("bob", `${i}`));
  model = addOlder(model, BOB, { items, isWhole: true });
  model = addItem(model, BOB, said("bob", "one more"));
  equal(pageOf(model, BOB).items.length, MAX_PAGE_ITEMS);
  equal(pageOf(model, BOB).isWhole, false);
});
