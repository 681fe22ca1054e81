import { deepEqual, equal } from "node:assert/strict";
import { type Item, newModel, pageOf } from "../../../lib/tui/model.ts";
import {
  addItem,
  addOlder,
  firstUnread,
  MAX_PAGE_ITEMS,
  openNeighbour,
  openNextUnread,
  openPlace,
  readElsewhere,
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

Deno.test("model counts no more what was read at another device, and nothing becomes unread by it", () => {
  const model = busyModel();
  equal(pageOf(readElsewhere(model, CAROL, 1), CAROL).unread, 1);
  const { unread, mentions } = pageOf(readElsewhere(model, CAROL, 0), CAROL);
  deepEqual([unread, mentions], [0, 0]);
  equal(readElsewhere(model, CAROL, 5), model);
  equal(readElsewhere(model, BOB, 0), model);
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

Deno.test("model does not count again what was read before", () => {
  let model = setPeers(newModel("alice", at(9, 0)), [listed(BOB)]);
  const texts = ["old", "new", "newest"].map((text) => said("bob", text));
  model = addItem(model, BOB, texts[0], { isRead: true });
  equal(firstUnread(pageOf(model, BOB)), undefined);
  model = addItem(addItem(model, BOB, texts[1]), BOB, texts[2]);
  equal(pageOf(model, BOB).unread, 2);
  equal(pageOf(model, BOB).freshAfter, texts[0].key);
  equal(firstUnread(pageOf(model, BOB)), texts[1].place);
});

Deno.test("model puts own texts from the disk between the unread ones", () => {
  let model = setPeers(newModel("alice", at(9, 0)), [listed(BOB)]);
  const first = said("bob", "one");
  const own = said("you", "two", { own: true });
  const second = said("bob", "three");
  model = addItem(addItem(model, BOB, first), BOB, second);
  model = addOlder(model, BOB, { items: [own], isWhole: true });
  deepEqual(pageOf(model, BOB).items.map(({ text }) => text), ["one", "two", "three"]);
});

Deno.test("model keeps a bounded page, and knows that older is on the disk", () => {
  let model = setPeers(newModel("alice", at(9, 0)), [listed(BOB)]);
  const items: Item[] = Array.from({ length: MAX_PAGE_ITEMS }, (_, i) => said("bob", `${i}`));
  model = addOlder(model, BOB, { items, isWhole: true });
  model = addItem(model, BOB, said("bob", "one more"));
  equal(pageOf(model, BOB).items.length, MAX_PAGE_ITEMS);
  equal(pageOf(model, BOB).isWhole, false);
});
