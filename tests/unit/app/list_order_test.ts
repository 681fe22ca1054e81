import { deepEqual, equal } from "node:assert/strict";
import type { AccountId, Peer, RoomHandle } from "../../../lib/base/ids.ts";
import type { ListedPeer } from "../../../lib/app/conversations/listed_peers.ts";
import { byName, sectionsOf } from "../../../lib/app/conversations/list_order.ts";
import {
  type Model,
  newModel,
  pageOf,
  placesInOrder,
} from "../../../lib/app/conversations/model.ts";
import {
  openNeighbour,
  openNextUnread,
  openNth,
  openPlace,
  setFocus,
  toggleFold,
  toggleFoldHere,
} from "../../../lib/app/conversations/moving.ts";
import { addItem, isCall, takeEvent, totalUnread } from "../../../lib/app/conversations/update.ts";
import { at, BOB, CAROL, listed, OPS, said, withPeers } from "../../kit/scenes.ts";

const room = (number: number, facts: Partial<ListedPeer> = {}) =>
  listed(`#${number}` as RoomHandle, { name: `#room${number}`, presence: "room", ...facts });
const person = (name: string, facts: Partial<ListedPeer> = {}) => listed(name as AccountId, facts);

const QUIET = { unread: 0, mentions: 0, recent: 0 };

Deno.test("U9: list stands by name where nothing is recent: room 2 before room 10, who is there before who is away", () => {
  const peers = [
    ...[10, 2, 1].map((number) => room(number)),
    ...["zoe", "bob", "Adam"].map((name) => person(name)),
    person("aaron", { presence: "away" }),
  ];
  const sections = sectionsOf(peers, () => QUIET);
  deepEqual(sections.map(({ heading, peers }) => [heading, ...peers.map(({ name }) => name)]), [
    ["rooms", "#room1", "#room2", "#room10"],
    ["people", "Adam", "bob", "zoe", "aaron"],
  ]);
  equal(byName(peers), byName(peers), "names are compared once for each list");
});

Deno.test("U9: list has what is meant for the person first, then what is new, then what is recent, muted ones last", () => {
  const peers = [1, 2, 3, 4, 5].map((number) => room(number));
  const muted = room(6, { notify: "none" });
  const activity: Readonly<Record<string, Partial<typeof QUIET>>> = {
    "#5": { unread: 1, mentions: 1, recent: 5 },
    "#4": { unread: 9, recent: 7 },
    "#3": { recent: 8 },
    "#1": { recent: 6 },
    "#6": { unread: 3, mentions: 3, recent: 99 },
  };
  const [rooms] = sectionsOf([muted, ...peers], (peer: Peer) => ({ ...QUIET, ...activity[peer] }));
  deepEqual(rooms.peers.map(({ peer }) => peer), ["#5", "#4", "#3", "#1", "#2", "#6"]);
});

Deno.test("list has pinned rooms and people on top, by name, whatever is new", () => {
  const peers = [
    room(2, { isPinned: true }),
    room(1),
    person("bob", { isPinned: true }),
    person("al", { isPinned: true, presence: "away" }),
  ];
  const unreadOf = (peer: Peer) => ({ ...QUIET, unread: peer === "bob" ? 3 : 0 });
  deepEqual(
    sectionsOf(peers, unreadOf).map(({ heading, peers }) => [
      heading,
      ...peers.map(({ peer }) => peer),
    ]),
    [["pinned", "#2", "al", "bob"], ["rooms", "#1"]],
  );
});

function townModel(): Model {
  const peers = [listed(OPS, { presence: "room" }), listed(BOB), listed(CAROL)];
  return withPeers(newModel({ name: "alice" }, at(9, 0), ["deploy"]), peers);
}

Deno.test("list stays as it was while somebody walks through it, and is put in order when something comes", () => {
  let model = townModel();
  model = addItem(model, CAROL, said("carol", "hi"));
  deepEqual(placesInOrder(model), [undefined, OPS, CAROL, BOB]);
  model = addItem(model, BOB, said("bob", "hello"));
  deepEqual(placesInOrder(model), [undefined, OPS, BOB, CAROL]);
  const walked: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    model = openNeighbour(model, 1);
    walked.push(model.open);
  }
  deepEqual(walked, [OPS, BOB, CAROL, undefined]);
  equal(totalUnread(model).unread, 0);
  model = addItem(model, CAROL, said("carol", "again"));
  deepEqual(placesInOrder(model), [undefined, OPS, CAROL, BOB]);
});

Deno.test("list opens the first nine of its conversations by number, and no other", () => {
  const model = townModel();
  deepEqual([1, 2, 3].map((nth) => openNth(model, nth).open), [OPS, BOB, CAROL]);
  equal(openNth(model, 4), model);
});

Deno.test("list shows below a folded heading what is new and what is open, and not what is muted", () => {
  let model = toggleFold(townModel(), "people");
  deepEqual(placesInOrder(model), [undefined, OPS]);
  model = addItem(model, BOB, said("bob", "hello"));
  deepEqual(placesInOrder(model), [undefined, OPS, BOB]);
  model = openPlace(model, CAROL);
  deepEqual(placesInOrder(model), [undefined, OPS, BOB, CAROL]);
  model = withPeers(model, model.peers.map((one) => ({ ...one, notify: "none" })));
  deepEqual(placesInOrder(model), [undefined, OPS, CAROL]);
  // Where the person is; on the first page all of them.
  model = toggleFoldHere(model);
  equal(model.folded.size, 0);
  model = toggleFoldHere(openPlace(model, undefined));
  deepEqual(placesInOrder(model), [undefined]);
  deepEqual(placesInOrder(toggleFoldHere(model)).length, 4);
});

Deno.test("list counts nothing of what is muted, and does not go there by itself", () => {
  let model = townModel();
  model = addItem(model, BOB, said("bob", "hello"));
  // What bob says to nobody else is no mention in the status line.
  deepEqual(totalUnread(model), { unread: 1, mentions: 0 });
  model = withPeers(model, model.peers.map((one) => ({ ...one, notify: "none" })));
  deepEqual(totalUnread(model), { unread: 0, mentions: 0 });
  equal(openNextUnread(model), model);
  equal(pageOf(model, BOB).unread, 1);
});

Deno.test("a notification is of what the person chose for a conversation", () => {
  const calls = (notify: ListedPeer["notify"] | undefined, peer: Peer, text: string) => {
    let model = setFocus(townModel(), false);
    if (notify !== undefined) {
      model = withPeers(model, model.peers.map((one) => ({ ...one, notify })));
    }
    const { entry, facts } = said("bob", text, { peer });
    const event = { type: "entry", entry, facts, target: undefined, wasShown: false } as const;
    return isCall(model, takeEvent(model, event), entry);
  };
  // As it is without a choice.
  deepEqual([calls(undefined, BOB, "hi"), calls(undefined, OPS, "hi")], [true, false]);
  deepEqual([calls(undefined, OPS, "hi alice!"), calls(undefined, OPS, "Deploy now")], [
    true,
    true,
  ]);
  deepEqual([calls(undefined, OPS, "deployed"), calls("all", OPS, "hi")], [false, true]);
  deepEqual([calls("mentions", BOB, "hi"), calls("mentions", BOB, "hi Alice")], [false, true]);
  deepEqual([calls("none", BOB, "alice"), calls("none", OPS, "alice")], [false, false]);
});

Deno.test("what was read elsewhere, and what one says oneself, notifies of nothing", () => {
  const model = setFocus(townModel(), false);
  const { entry, facts } = said("bob", "alice");
  const read = { type: "entry", entry, facts, target: undefined, wasShown: true } as const;
  equal(isCall(model, takeEvent(model, read), entry), false);
  const own = said("alice", "alice", { peer: BOB, own: true });
  const event = { ...read, wasShown: false, entry: own.entry };
  equal(isCall(model, takeEvent(model, event), own.entry), false);
});

Deno.test("list compares names once, and puts nothing in order when a conversation is opened", () => {
  const peers = Array.from({ length: 2_000 }, (_, i) => person(`person${i}`));
  let model = withPeers(newModel({ name: "alice" }, at(9, 0)), peers);
  // Names are not compared again: the order comes of what was said.
  const before = byName(model.peers);
  model = addItem(model, "person7" as AccountId, said("person7", "hi"));
  equal(byName(model.peers), before);
  equal(placesInOrder(model)[1], "person7");
  // Opening one, and typing, put nothing in order anew.
  equal(openPlace(model, BOB).sections, model.sections);
});
