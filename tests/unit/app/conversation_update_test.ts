import { deepEqual, equal } from "node:assert/strict";
import type { Peer } from "../../../lib/base/ids.ts";
import { type Item, newModel, pageOf } from "../../../lib/app/conversations/model.ts";
import {
  openNeighbour,
  openNextUnread,
  openPlace,
  setFocus,
} from "../../../lib/app/conversations/moving.ts";
import {
  addItem,
  addOlder,
  firstUnread,
  lastPlace,
  MAX_PAGE_ITEMS,
  setUnread,
  START,
  takeDelivery,
  totalUnread,
} from "../../../lib/app/conversations/update.ts";
import {
  at,
  BOB,
  busyModel,
  CAROL,
  listed,
  OPS,
  said,
  textOf,
  withPeers,
} from "../../kit/scenes.ts";

Deno.test("model counts as unread what others say elsewhere, and nothing that is seen or own", () => {
  const model = busyModel();
  equal(pageOf(model, BOB).unread, 0);
  equal(pageOf(model, CAROL).unread, 2);
  equal(totalUnread(model).unread, 3);
  equal(
    pageOf(addItem(model, CAROL, said("alice", "yes", { peer: CAROL, own: true })), CAROL).unread,
    2,
  );
});

Deno.test("model counts what comes while the terminal has no focus, until it has it again", () => {
  let model = setFocus(busyModel(), false);
  model = addItem(model, BOB, said("bob", "look!"));
  equal(pageOf(model, BOB).unread, 1);
  equal(pageOf(setFocus(model, true), BOB).unread, 0);
});

Deno.test("model counts what is new as it is written down, and nothing of what is in front of the person", () => {
  const model = busyModel();
  const unreadOf = (counts: readonly (readonly [Peer, number])[]) => {
    const next = setUnread(model, new Map<Peer | undefined, number>(counts));
    return [BOB, CAROL, OPS].map((place) => pageOf(next, place).unread);
  };
  // Bob's page is open.
  deepEqual(unreadOf([[CAROL, 350], [OPS, 5000], [BOB, 3]]), [0, 350, 5000]);
  deepEqual(unreadOf([[CAROL, 1]]), [0, 1, 0]);
  const { unread, mentions } = pageOf(setUnread(model, new Map()), CAROL);
  deepEqual([unread, mentions], [0, 0]);
});

Deno.test("model does not count again what is counted already, and knows where it begins", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  model = setUnread(model, new Map([[BOB, 350]]));
  const last = said("bob", "the 350th");
  model = addItem(model, BOB, last, { isCounted: true });
  equal(pageOf(model, BOB).unread, 350);
  equal(firstUnread(pageOf(model, BOB)), last.entry.place);
  equal(lastPlace(pageOf(model, BOB)), last.entry.place);
  // All of them are for the person, and none twice.
  equal(pageOf(model, BOB).mentions, 350);
  equal(pageOf(openPlace(model, BOB), BOB).unread, 0);
});

Deno.test("U14: model puts what is said in a room in the room's order, own texts when they have their number", () => {
  const texts = (model: ReturnType<typeof newModel>) => pageOf(model, OPS).items.map(textOf);
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(OPS, { presence: "room" })]);
  const own = said("alice", "third", { peer: OPS, own: true });
  model = addItem(model, OPS, own);
  model = addItem(model, OPS, said("bob", "first", { peer: OPS, number: 1 }));
  deepEqual(texts(model), ["third", "first"]);
  model = takeDelivery(model, { id: own.entry.id, state: "sent", number: 3 });
  deepEqual(texts(model), ["first", "third"]);
  model = addItem(model, OPS, said("carol", "second", { peer: OPS, number: 2 }));
  deepEqual(texts(model), ["first", "second", "third"]);
  model = addOlder(model, OPS, {
    items: [said("bob", "before", { peer: OPS, number: 0, place: -3 })],
    isWhole: true,
  });
  deepEqual(texts(model), ["before", "first", "second", "third"]);
});

Deno.test("model takes each place of the history once", () => {
  let model = busyModel();
  const item = said("bob", "once");
  model = addItem(addItem(model, BOB, item), BOB, { ...item, key: "again" });
  equal(pageOf(model, BOB).items.map(textOf).filter((text) => text === "once").length, 1);
  model = addOlder(model, BOB, { items: [said("bob", "old", { place: -5 }), item], isWhole: true });
  equal(pageOf(model, BOB).items.map(textOf).filter((text) => text === "once").length, 1);
  equal(textOf(pageOf(model, BOB).items[0]), "old");
});

Deno.test("model goes to what has the person's name first, then to the rest, then nowhere", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [
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
  equal(model.open, "dave");
  model = openNeighbour(model, 1);
  equal(model.open, undefined);
});

Deno.test("model does not count again what was read before", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  const texts = ["old", "new", "newest"].map((text) => said("bob", text));
  model = addItem(model, BOB, texts[0], { isRead: true });
  equal(firstUnread(pageOf(model, BOB)), undefined);
  model = addItem(addItem(model, BOB, texts[1]), BOB, texts[2]);
  equal(pageOf(model, BOB).unread, 2);
  equal(pageOf(model, BOB).freshAfter, texts[0].key);
  equal(firstUnread(pageOf(model, BOB)), texts[1].entry.place);
});

Deno.test("model puts own texts from the disk between the unread ones", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  const first = said("bob", "one");
  const own = said("alice", "two", { peer: BOB, own: true });
  const second = said("bob", "three");
  model = addItem(addItem(model, BOB, first), BOB, second);
  model = addOlder(model, BOB, { items: [own], isWhole: true });
  deepEqual(pageOf(model, BOB).items.map(textOf), ["one", "two", "three"]);
});

Deno.test("model knows where what is new begins when it is opened before it is read from the disk", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  model = openPlace(setUnread(model, new Map([[BOB, 2]])), BOB);
  const items = ["read", "new", "newer"].map((text) => said("bob", text));
  const after = (firstNew: string | undefined) =>
    pageOf(addOlder(model, BOB, { items, isWhole: true, firstNew }), BOB).freshAfter;
  equal(after(items[1].key), items[0].key);
  equal(after(items[0].key), START);
  equal(after(undefined), undefined);
  // What tells of the entries comes later, and has nothing to add.
  const read = addOlder(model, BOB, { items, isWhole: true, firstNew: items[1].key });
  equal(addItem(read, BOB, items[1], { isCounted: true }), read);
});

Deno.test("model puts what is new below the history when something came before the conversation was read", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  const old = [said("bob", "old"), said("alice", "my answer", { peer: BOB, own: true })];
  const waiting = said("bob", "unread since yesterday");
  const live = said("bob", "just came");
  model = openPlace(addItem(model, BOB, live), BOB);
  const after = (items: readonly Item[], firstNew?: string) =>
    pageOf(addOlder(model, BOB, { items, isWhole: true, firstNew, isFirst: true }), BOB).freshAfter;
  equal(after([...old, live]), old[1].key);
  equal(after([...old, waiting, live], waiting.key), old[1].key);
  equal(after([live]), START);
  // Of what is read later all is read already, or nothing is.
  const read = addOlder(model, BOB, { items: [live], isWhole: false, isFirst: true });
  equal(pageOf(addOlder(read, BOB, { items: old, isWhole: true }), BOB).freshAfter, START);
});

Deno.test("model keeps a bounded page, and knows that older is on the disk", () => {
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), [listed(BOB)]);
  const items: Item[] = Array.from({ length: MAX_PAGE_ITEMS }, (_, i) => said("bob", `${i}`));
  model = addOlder(model, BOB, { items, isWhole: true });
  model = addItem(model, BOB, said("bob", "one more"));
  equal(pageOf(model, BOB).items.length, MAX_PAGE_ITEMS);
  equal(pageOf(model, BOB).isWhole, false);
});
