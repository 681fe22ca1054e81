import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { AccountId, RoomHandle } from "../../../../lib/base/ids.ts";
import { type Model, newModel, pageOf } from "../../../../lib/app/conversations/model.ts";
import { openPlace, toggleFold } from "../../../../lib/app/conversations/moving.ts";
import { addItem } from "../../../../lib/app/conversations/update.ts";
import { shareOut } from "../../../../lib/tui/panes/list_pane.ts";
import { findPlaces } from "../../../../lib/tui/panels/switching.ts";
import { paintScene } from "../../../../lib/tui/panes/view.ts";
import { golden } from "../../../kit/golden.ts";
import { at, BOB, listed, said, sceneOf, show, withPeers } from "../../../kit/scenes.ts";

const roomOf = (number: number) => `#${number}` as RoomHandle;

/** 50 rooms and 300 people; something is new in a few of them. */
function bigTown(): Model {
  const rooms = Array.from({ length: 50 }, (_, i) =>
    listed(roomOf(i + 1), {
      name: `#room${i + 1}`,
      presence: "room",
      notify: i === 6 ? "none" : "mentions",
      isPinned: i === 29,
    }));
  const people = Array.from(
    { length: 299 },
    (_, i) => listed(`person${i + 1}` as AccountId, { presence: i % 3 === 0 ? "here" : "away" }),
  );
  let model = withPeers(
    { ...newModel({ name: "alice" }, at(19, 5)), connection: "online" },
    [...people, ...rooms, listed(BOB, { trust: "verified" })],
  );
  model = addItem(model, roomOf(17), said("bob", "the build is red", { peer: roomOf(17) }));
  model = addItem(model, roomOf(7), said("bob", "muted", { peer: roomOf(7) }));
  const meant = said("bob", "alice: look", { peer: roomOf(3), mentions: true });
  model = addItem(model, roomOf(3), meant);
  model = addItem(model, BOB, said("alice", "see you", { peer: BOB, own: true }));
  model = addItem(model, "person8" as AccountId, said("person8", "hello?"));
  return openPlace(model, BOB);
}

for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
  Deno.test(`list of 50 rooms and 300 people shares the room at ${columns}×${rows}`, async () => {
    await golden(`list_${columns}x${rows}`, await show(sceneOf(bigTown(), columns, rows)));
  });
}

Deno.test("list shows wherever the person is, and how many there are above and below", async () => {
  let model = bigTown();
  for (const place of [roomOf(50), roomOf(25), "person299" as AccountId, roomOf(7)]) {
    model = openPlace(model, place);
    const rows = await show(sceneOf(model, 80, 24));
    const name = place.startsWith("#") ? `# room${place.slice(1)}` : place;
    ok(rows.some((row) => row.slice(0, 18).includes(name)), `${place}:\n${rows.join("\n")}`);
    ok(rows.some((row) => /▲ \d+ more/.test(row)), rows.join("\n"));
  }
});

Deno.test("list says whole how much is unread above and below, in a narrow one too", async () => {
  let model = openPlace(bigTown(), roomOf(50));
  for (const number of [11, 12, 13, 14, 15, 16]) {
    model = addItem(model, roomOf(number), said("bob", "look", { peer: roomOf(number) }));
  }
  for (const columns of [80, 100, 120]) {
    const rows = (await show(sceneOf(model, columns, 24))).map((row) => row.split("│ #room50")[0]);
    const above = rows.find((row) => row.includes("▲")) ?? "";
    match(above, /▲ \d+ more · \d( unread)?( *│)*/);
    ok(!above.includes("…"), above);
  }
});

Deno.test("list answers clicks where it shows something, and its headings", () => {
  const model = bigTown();
  const { listed } = paintScene(sceneOf(model, 80, 24));
  deepEqual(listed[0], { place: undefined });
  deepEqual(listed.filter((target) => target !== undefined && "fold" in target), [
    { fold: "pinned" },
    { fold: "rooms" },
    { fold: "people" },
  ]);
  equal(listed.filter((target) => target !== undefined && "more" in target).length, 2);
  const folded = paintScene(sceneOf(toggleFold(model, "people"), 80, 24)).listed;
  const people = folded.slice(
    folded.findIndex((it) => it !== undefined && "fold" in it && it.fold === "people"),
  );
  // What is new, and the open one.
  deepEqual(people.slice(1), [{ place: "person8" }, { place: BOB }]);
});

Deno.test("list keeps the open conversation on a screen of any height", () => {
  const model = openPlace(bigTown(), roomOf(25));
  for (let rows = 2; rows <= 30; rows++) {
    const { listed, layout } = paintScene(sceneOf(model, 80, rows));
    ok(listed.length <= layout.list.heightCells, `${rows} rows`);
    ok(
      listed.some((target) => target !== undefined && "place" in target && target.place === "#25"),
      `${rows} rows`,
    );
  }
});

Deno.test("room is shared out fairly, and all of it to whoever wants more", () => {
  deepEqual(shareOut(20, [50, 300]), [10, 10]);
  deepEqual(shareOut(20, [2, 300]), [2, 18]);
  deepEqual(shareOut(20, [3, 50, 4]), [3, 13, 4]);
  deepEqual(shareOut(3, [5, 5]), [2, 1]);
  deepEqual(shareOut(0, [5, 5]), [0, 0]);
  deepEqual(shareOut(100, [5, 5]), [5, 5]);
  deepEqual(shareOut(5, []), []);
});

Deno.test("switcher finds everything, what is new and recent first, and where the person is last", () => {
  const model = bigTown();
  const all = findPlaces(model, "");
  equal(all.length, 351);
  // Meant, new, then by what was said last; muted ones as if nothing was new.
  deepEqual(all.slice(0, 4), ["person8", roomOf(3), roomOf(17), roomOf(7)]);
  equal(all.at(-1), BOB);
});

Deno.test("switcher takes some letters of a name, and the best fit first", () => {
  const model = bigTown();
  deepEqual(findPlaces(model, "room5").slice(0, 2), [roomOf(5), roomOf(50)]);
  equal(findPlaces(model, "#ro17")[0], roomOf(17));
  ok(findPlaces(model, "#1").every((place) => place?.startsWith("#") === true));
  equal(findPlaces(model, "BO")[0], BOB);
  deepEqual(findPlaces(model, "helio"), [undefined]);
  deepEqual(findPlaces(model, "nobody at all"), []);
  ok(pageOf(model, roomOf(3)).mentions > 0);
});
