import { deepEqual, equal } from "node:assert/strict";
import type { StreamId } from "../../../lib/base/ids.ts";
import { cardView, transferOf } from "../../../lib/app/conversations/card_view.ts";
import {
  beginsCard,
  type Card,
  type CardView,
  fileCards,
  type MovingTransfer,
  overCards,
} from "../../../lib/app/conversations/cards.ts";
import { addOlder, takeEvent } from "../../../lib/app/conversations/update.ts";
import { openPlace, setFocus } from "../../../lib/app/conversations/moving.ts";
import type { StreamEnd } from "../../../lib/client/streams/stream_store.ts";
import type { Transfer } from "../../../lib/client/transfers/transfer.ts";
import { BIG_BYTES, moving, streamed, transferId } from "../../kit/cards.ts";
import { BOB, busyModel, CAROL, NAMES, OPS, said } from "../../kit/scenes.ts";

const viewOf = (...transfers: readonly MovingTransfer[]) =>
  cardView({ kind: "files", transfers }, NAMES);
const words = ({ sign, name, facts }: CardView) => `${sign} ${name} · ${facts.join(" · ")}`;

const HALF = BIG_BYTES / 2;
const paused = (facts: object): Transfer["state"] =>
  ({ state: "paused", by: "here", was: "receiving", ...facts }) as Transfer["state"];

Deno.test("card of a file that moves says how far it is, of how much, how fast, and how long still", () => {
  const view = viewOf(
    moving({ state: { state: "receiving" }, movedBytes: 156_000_000, rate: 17_000_000 }),
  );
  equal(words(view), "⇣ big.bin · 52 % · 156/300 MB · 17.0 MB/s · 9 s");
  equal(view.share, 0.52);
  deepEqual(view.actions, ["pause", "cancel"]);
});

const FILES: readonly (readonly [string, Parameters<typeof moving>[0], string, string])[] = [
  [
    "an offer of somebody's",
    { state: { state: "offered" } },
    "⇣ big.bin · 300 MB · accept or decline",
    "accept decline",
  ],
  [
    "an own offer",
    { state: { state: "offered" }, direction: "out" },
    "⇡ big.bin · 300 MB · waits for the answer of bob",
    "cancel",
  ],
  [
    "what is stored",
    { state: { state: "uploaded" }, direction: "out" },
    "⇡ big.bin · 300 MB · on the server until bob has it",
    "cancel",
  ],
  [
    "what the person paused",
    { state: paused({}), movedBytes: HALF },
    "‖ big.bin · 50 % · paused · 150/300 MB",
    "resume cancel",
  ],
  [
    "what the other side paused",
    { state: paused({ by: "there" }), movedBytes: HALF },
    "‖ big.bin · 50 % · paused by bob · 150/300 MB",
    "cancel",
  ],
  [
    "what a full disk paused",
    { state: paused({ why: "The disk is full", until: "room" }), movedBytes: HALF },
    "‖ big.bin · paused: The disk is full, goes on when there is room · 50 % · 150/300 MB",
    "resume cancel",
  ],
  [
    "what was received",
    { state: { state: "done" }, finished: ["/home/a/big.bin"] },
    "✓ big.bin · 300 MB · verified",
    "open",
  ],
  [
    "what was sent",
    { state: { state: "done" }, direction: "out" },
    "✓ big.bin · 300 MB · verified by bob",
    "",
  ],
  [
    "what the other side declined",
    { state: { state: "declined" }, direction: "out" },
    "✗ big.bin · 300 MB · declined by bob",
    "",
  ],
  [
    "what the other side cancelled",
    { state: { state: "cancelled", by: "there", reason: "cancelled" } },
    "✗ big.bin · 300 MB · cancelled by bob",
    "",
  ],
  [
    "what failed",
    { state: { state: "cancelled", by: "here", reason: "damaged" } },
    "✗ big.bin · 300 MB · failed: the file arrived damaged",
    "",
  ],
];

for (const [what, given, expected, actions] of FILES) {
  Deno.test(`card of ${what} says so, and what can be done`, () => {
    const view = viewOf(moving(given));
    equal(words(view), expected);
    equal(view.actions.join(" "), actions);
  });
}

Deno.test("card of an offer to a room counts the members who have it, and shows the upload that moves", () => {
  const to = (number: number, state: Transfer["state"], movedBytes = 0) =>
    moving({
      ...{ id: `m${number}`, number, direction: "out", state, movedBytes },
      ...{ room: OPS, offer: "o", peer: number === 1 ? BOB : CAROL },
    });
  const up = viewOf(to(1, { state: "uploading" }, HALF), to(2, { state: "offered" }));
  equal(words(up), "⇡ big.bin · 50 % · 150/300 MB · 0 of 2 have it");
  const one = viewOf(to(1, { state: "done" }), to(2, { state: "uploaded" }));
  equal(words(one), "⇡ big.bin · 300 MB · 1 of 2 has it");
  deepEqual(one.actions, ["cancel"]);
  const all = viewOf(to(1, { state: "done" }), to(2, { state: "declined" }));
  equal(words(all), "✓ big.bin · 300 MB · verified by 1 of 2 · 1 declined");
  deepEqual(all.actions, []);
  const none = viewOf(to(1, { state: "declined" }), to(2, { state: "declined" }));
  equal(words(none), "✗ big.bin · 300 MB · 2 declined");
  // A key is about one that is not over.
  const card: Card = {
    kind: "files",
    transfers: [to(1, { state: "done" }), to(2, { state: "uploaded" })],
  };
  equal(transferOf(card)?.number, 2);
});

Deno.test("card of a stream says whether it runs, stands still, or how it ended", () => {
  const seen = (facts: Parameters<typeof streamed>[0]) => {
    const view = cardView(streamed(facts), NAMES);
    return `${words(view)} [${view.actions.join(" ")}]`;
  };
  const film = '"film.mp4"';
  equal(seen({}), `▶ ${film} · live: watch it or decline [accept decline]`);
  equal(seen({ isLate: true }), `✗ ${film} · you did not answer in time []`);
  equal(seen({ state: "accepted", live: {} }), `● ${film} · live []`);
  equal(
    seen({ state: "accepted", live: { pause: "silence" } }),
    `‖ ${film} · paused: nothing comes from bob []`,
  );
  equal(seen({ state: "declined" }), `✗ ${film} · declined []`);
  const ended = (end: StreamEnd | undefined) => seen({ state: "over", ended: end });
  equal(ended("ended"), `✓ ${film} · ended []`);
  equal(ended(undefined), `✓ ${film} · ended []`);
  equal(ended("stopped"), `✓ ${film} · ended by bob []`);
  equal(ended("failed"), `✗ ${film} · failed: its source broke off []`);
  equal(ended("left"), `▶ ${film} · you left, it goes on [watch]`);
  equal(ended("elsewhere"), `✓ ${film} · answered on another device of yours []`);
  const own = (facts: Parameters<typeof streamed>[0]) =>
    seen({ direction: "out", source: "screen", ...facts });
  equal(own({}), "▶ your screen · waits for an answer [stop]");
  equal(own({ live: { watchers: 2 } }), "● your screen · live, 2 devices watch [stop]");
  equal(own({ state: "over", ended: "unanswered" }), "✗ your screen · nobody came []");
});

Deno.test("model keeps one card for a transfer: what is told renews it, what is read later does not", () => {
  const offered = moving({ state: { state: "offered" } });
  const receiving = moving({ state: { state: "receiving" }, movedBytes: HALF });
  const stateIn = (model: ReturnType<typeof busyModel>) => {
    const card = model.cards.get(transferId());
    return card?.kind === "files" ? card.transfers[0].transfer.state.state : undefined;
  };
  let model = takeEvent(busyModel(), { type: "transfers", active: [receiving], ended: [] });
  equal(stateIn(model), "receiving");
  // A page that was read before that is put in behind it.
  model = addOlder(model, BOB, { items: [], isWhole: true, cards: fileCards([offered]) });
  equal(stateIn(model), "receiving");
  const done = moving({ state: { state: "done" } });
  model = takeEvent(model, { type: "transfers", active: [], ended: [done] });
  equal(stateIn(model), "done");
  equal(model.transfers.length, 0);
});

Deno.test("model says of files that ended elsewhere, until the person is where that was", () => {
  const done = moving({ state: { state: "done" }, peer: CAROL });
  const here = moving({ state: { state: "done" }, peer: BOB });
  const event = { type: "transfers", active: [], ended: [done, here] } as const;
  const model = takeEvent(busyModel(), event);
  deepEqual(model.ended.map(({ peer }) => peer), [CAROL]);
  deepEqual(openPlace(model, CAROL).ended, []);
  const away = takeEvent(setFocus(busyModel(), false), event);
  equal(away.ended.length, 2);
  deepEqual(setFocus(away, true).ended.map(({ peer }) => peer), [CAROL]);
});

Deno.test("cards of an offer to a room keep each member's newest", () => {
  const member = (number: number, state: Transfer["state"]) =>
    moving({ id: `m${number}`, number, direction: "out", offer: "o", room: OPS, state });
  const before = fileCards([member(1, { state: "done" }), member(2, { state: "uploaded" })]);
  const after = overCards(before, fileCards([member(2, { state: "done" })]));
  const card = after.get(transferId("o"));
  const states = card?.kind === "files" ? card.transfers.map(({ transfer }) => transfer.state) : [];
  deepEqual(states, [{ state: "done" }, { state: "done" }]);
});

Deno.test("a card begins where the files or the stream were offered, and nowhere else", () => {
  const notice = (id: string, about: object) =>
    said("bob", "words", { kind: "notice", id, ...about }).entry;
  const transfer = { transfer: transferId() };
  equal(beginsCard(notice("file-offer", transfer)), true);
  equal(beginsCard(notice("file-offered", transfer)), true);
  equal(beginsCard(notice("stream-offer", { stream: "5" as StreamId })), true);
  equal(beginsCard(notice("file-done", transfer)), false);
  // Of an older program, which did not say what its lines are about.
  equal(beginsCard(notice("file-offer", {})), false);
});
