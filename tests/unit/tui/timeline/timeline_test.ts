import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Item, type Model, pageOf } from "../../../../lib/app/conversations/model.ts";
import { scrollTo } from "../../../../lib/app/conversations/moving.ts";
import { chipRows, chipsOf } from "../../../../lib/tui/timeline/chips.ts";
import type { Row } from "../../../../lib/tui/drawing/item_lines.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";
import type { TimelineRow } from "../../../../lib/tui/timeline/timeline.ts";
import { timelineOf, type TimelineScene } from "../../../../lib/tui/panes/timeline_pane.ts";
import { ALICE, at, BOB, CAROL, NAMES, OPS, said } from "../../../kit/scenes.ts";
import { lines, roomItems, roomModel } from "../../../kit/talk_scenes.ts";

const AREA = { widthCells: 60, heightCells: 20 };
const { dark } = THEMES;

type Look = Partial<TimelineScene["look"]>;

function timeline(model: Model, look: Look = {}) {
  const usual = { selected: undefined, unfolded: new Set<string>(), found: undefined };
  const scene = { model, theme: dark, names: NAMES, look: { ...usual, ...look } };
  return timelineOf({ ...scene, pictures: undefined }, AREA);
}

const wordsOf = (row: Row) => row.map(({ text }) => text).join("").trimEnd();

/** All rows of a page. */
function rows(items: readonly Item[], look: Look = {}): readonly TimelineRow[] {
  return timeline(roomModel(items), look).view(10_000).rows;
}

const shown = (items: readonly Item[], look: Look = {}) =>
  rows(items, look).map(({ row }) => wordsOf(row));

/** What is new begins behind an item. */
function freshAfter(model: Model, key: string): Model {
  const page = { ...pageOf(model, OPS), freshAfter: key };
  return { ...model, pages: new Map(model.pages).set(OPS, page) };
}

const inRoom = { peer: OPS };
const heads = (items: readonly Item[]) => shown(items).filter((row) => /^ \d\d:\d\d/.test(row));

Deno.test("timeline names who says several things within five minutes once, and again after that", () => {
  const say = (from: string, minute: number) =>
    said(from, `at ${minute}`, { ...inRoom, atMs: at(9, minute) });
  deepEqual(heads([say("bob", 0), say("bob", 4)]), [" 09:00 bob ✓ ●"]);
  deepEqual(heads([say("bob", 0), say("bob", 5)]), [" 09:00 bob ✓ ●", " 09:05 bob ✓ ●"]);
  // By the first of the group, not by the one before.
  deepEqual(heads([say("bob", 0), say("bob", 3), say("bob", 6)]).length, 2);
  deepEqual(heads([say("bob", 0), say("carol", 1), say("bob", 2)]).length, 3);
});

Deno.test("timeline shows what somebody does as * NAME does it, at its time, and names who speaks after it", () => {
  const say = (text: string, minute: number, from = "bob") =>
    said(from, text, { ...inRoom, atMs: at(9, minute) });
  deepEqual(
    shown([say("hello", 0), say("*waves*", 1), say("*nods*", 1), say("bye", 2)]).slice(-6),
    [
      " 09:00 bob ✓ ●",
      "       hello",
      " 09:01 * bob✓ waves",
      " 09:01 * bob✓ nods",
      " 09:02 bob ✓ ●",
      "       bye",
    ],
  );
  // A part that is stressed, and more than one line, are said.
  for (const text of ["*no* way", "**no**", "*a* and *b*", "* a *", "*a\nb*", "**"]) {
    deepEqual(heads([say(text, 0)]), [" 09:00 bob ✓ ●"], text);
  }
});

Deno.test("what happens in every room stands back behind what is said, and a warning does not", () => {
  const styleOf = (id: string, text: string) => {
    const notice = said("bob", text, { ...inRoom, id, kind: "notice", atMs: at(9, 0) });
    const row = rows([notice]).find(({ row }) => wordsOf(row).includes(text))?.row;
    return row?.find((span) => span.text.includes(text))?.style;
  };
  equal(styleOf("members-changed", "carol joined"), dark.faint);
  equal(styleOf("about", "bob named this room ops"), dark.faint);
  equal(styleOf("identity-changed", "The keys of bob changed"), dark.notice);
});

Deno.test("an invitation says who invites, and not the commands that are no use once it was answered", () => {
  const text = "bob invites you to this room: room join 179, or room decline 179";
  const id = "invited";
  const notice = said("bob", text, { ...inRoom, id, kind: "notice", atMs: at(9, 0) });
  const shown = rows([notice]).map(({ row }) => wordsOf(row)).find((row) =>
    row.includes("invites")
  );
  match(`${shown}`, /^ 09:00 +bob invites you to this room$/);
});

Deno.test("timeline begins a group anew behind a day, what is new, and lines of the program", () => {
  const say = (text: string, day = 20, hour = 9) =>
    said("bob", text, { ...inRoom, atMs: at(hour, 0, day) });
  equal(heads([say("one", 19), say("two", 20)]).length, 2);
  const line = { kind: "line", key: "line", text: "* joined", atMs: at(9, 0) } as const;
  equal(heads([say("one"), { ...line, isAnswer: true }, say("two")]).length, 2);
  // What stands for itself has its own time.
  equal(heads([say("one"), { ...line, isAnswer: false }, say("two")]).length, 3);
  const [one, two] = [say("one"), say("two")];
  let model = roomModel([one, two]);
  model = freshAfter(model, one.key);
  const texts = timeline(model).view(100).rows.map(({ row }) => wordsOf(row));
  ok(texts.findIndex((row) => /new since/.test(row)) > 0, texts.join("\n"));
  equal(texts.filter((row) => /^ \d\d:\d\d/.test(row)).length, 2);
});

Deno.test("timeline skips what was done to texts: it has no row, and no place for the cursor", () => {
  const one = said("bob", "one", inRoom);
  const two = said("bob", "two", inRoom);
  const change = said("bob", "", {
    ...{ ...inRoom, kind: "change", change: { type: "reaction", target: one.entry.id } },
  });
  deepEqual(shown([change, one, change, two, change]), shown([one, two]));
  const page = timeline(roomModel([change, one, change, two, change]));
  equal(page.neighbour(undefined, -1), two.key);
  equal(page.neighbour(two.key, -1), one.key);
  equal(page.neighbour(one.key, -1), undefined);
  // Nothing but changes is an empty page.
  equal(timeline(roomModel([change])).view(20).rows.length, 0);
  equal(timeline(roomModel([change])).scrolled(-5, 20), undefined);
});

Deno.test("timeline keeps the line before what is new where a change stands behind it", () => {
  const [one, change, two] = [
    said("bob", "one", inRoom),
    said("bob", "", { ...inRoom, kind: "change", change: { type: "reaction", target: "x" } }),
    said("bob", "two", inRoom),
  ];
  const model = roomModel([one, change, two]);
  const texts = timeline(freshAfter(model, one.key)).view(100).rows.map(({ row }) => wordsOf(row));
  ok(/new since/.test(texts.at(-3) ?? ""), texts.join("\n"));
});

Deno.test("timeline shows above an answer who said what, on one row, cut by cells", () => {
  const question = said("carol", `lunch?\n${"漢字".repeat(100)}`, inRoom);
  const answer = (facts: object) => said("bob", "yes", { ...inRoom, replyTo: "id", ...facts });
  const quote = (item: Item) => shown([item]).filter((row) => row.includes("╭"));
  const [row, ...others] = quote(answer({ target: question.entry }));
  deepEqual(others, []);
  ok(/^ {5}╭ carol: lunch\? 漢字.*…$/.test(row), row);
  const deleted = { ...question.entry, text: "", deletedBy: CAROL };
  deepEqual(quote(answer({ target: deleted })), ["     ╭ carol: deleted"]);
  deepEqual(quote(answer({})), ["     ╭ a message that is not on this device"]);
  deepEqual(quote(answer({ target: { ...question.entry, own: true, text: "hi" } })), [
    "     ╭ you: hi",
  ]);
  // A deleted answer quotes nothing.
  deepEqual(quote(answer({ target: question.entry, text: "", deletedBy: BOB })), []);
});

Deno.test("SR-70: nothing that others say stands in the gutter, where quotes and times begin", () => {
  const text = "╭ carol: I said this\n09:00 carol\n* a line of the program";
  for (const row of rows([said("bob", text, inRoom)])) {
    const [bar, gutter] = row.row.map((span) => span.text);
    if (row.key === undefined || wordsOf(row.row).includes("bob")) continue;
    equal(`${bar}${gutter}`, "       ");
  }
});

Deno.test("timeline says behind a text that it was edited, on a row of its own where there is no room", () => {
  const edited = (text: string) =>
    shown([said("bob", text, { ...inRoom, editedMs: at(9, 0) })]).slice(2);
  deepEqual(edited("yes"), ["       yes (edited)"]);
  deepEqual(edited("x".repeat(50)), [`       ${"x".repeat(50)}`, "       (edited)"]);
});

Deno.test("timeline leaves a tombstone where a text was deleted, without its words and number", () => {
  const deleted = (facts: object) =>
    shown([said("bob", "", { ...inRoom, number: 7, deletedBy: BOB, ...facts })]).at(-1);
  equal(deleted({}), "       deleted");
  equal(deleted({ deletedBy: CAROL }), "       deleted by carol");
  equal(deleted({ own: true, editedMs: at(9, 0) }), "       you deleted this");
});

Deno.test("timeline marks the name that is said, and nothing else of the text", () => {
  const row = rows([said("bob", "hi @Alice, are you there", { ...inRoom, mentions: true })]).at(-1);
  const marked = row?.row.filter(({ style }) => style === dark.mention).map(({ text }) => text);
  deepEqual(marked, ["▎", "@Alice"]);
  const own = rows([said("alice", "I am alice", { ...inRoom, own: true })]).at(-1);
  ok(own?.row.every(({ style }) => style !== dark.mention));
});

Deno.test("timeline marks links without what ends their sentence", () => {
  const row = rows([said("bob", "see https://example.org/a.", inRoom)]).at(-1);
  const marked = row?.row.filter(({ style }) => style === dark.link).map(({ text }) => text);
  deepEqual(marked, ["https://example.org/a"]);
});

Deno.test("U20: timeline folds a text of more than 15 lines, says how many more there are, and unfolds it", () => {
  const item = (count: number) => said("bob", lines(count), inRoom);
  equal(shown([item(15)]).at(-1), "       line 15 of the log");
  const long = item(40);
  deepEqual(shown([long]).slice(-2), [
    "       line 12 of the log",
    "       … 28 more lines, Enter",
  ]);
  const unfolded = shown([long], { unfolded: new Set([long.key]) });
  equal(unfolded.at(-1), "       line 40 of the log");
  // One that has more lines than are ever laid out says so.
  const endless = item(1_000);
  equal(shown([endless]).at(-1), "       … 489+ more lines, Enter");
  const all = shown([endless], { unfolded: new Set([endless.key]) });
  equal(all.at(-1), "       … and more: /read shows all of it");
});

Deno.test("chips count who says an emoji, mark the person's own, and have names where they are asked for", () => {
  const reactions = [
    { account: BOB, emojis: ["👍", "🎉"] },
    { account: ALICE, emojis: ["👍"] },
    { account: CAROL, emojis: ["👍", "👍"] },
  ];
  const chips = chipsOf(reactions, (account) => account === ALICE);
  const words = (showsNames: boolean, widthCells = 60) =>
    chipRows(chips, { widthCells, theme: dark, names: NAMES, showsNames }).map(wordsOf);
  deepEqual(words(false), [" 👍 3•   🎉 1"]);
  deepEqual(words(true), [" 👍 you, bob, carol   🎉 bob"]);
  const [row] = chipRows(chips, { widthCells: 60, theme: dark, names: NAMES, showsNames: false });
  equal(row[0].style, dark.chipOwn);
  equal(row[2].style, dark.chip);
  deepEqual(words(false, 8), [" 👍 3•", " 🎉 1"]);
});

Deno.test("chips take three rows at most, and count the others", () => {
  const emojis = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x1f400 + i));
  const chips = chipsOf([{ account: BOB, emojis }], () => false);
  const all = chipRows(chips, { widthCells: 30, theme: dark, names: NAMES, showsNames: false });
  equal(all.length, 3);
  ok(/\+\d+$/.test(wordsOf(all[2])), wordsOf(all[2]));
});

Deno.test("timeline shows an item with the cursor: where it is, else at the top or the bottom", () => {
  const items = Array.from(
    { length: 30 },
    (_, i) => said(i % 2 === 0 ? "bob" : "carol", `text ${i}`, { ...inRoom, atMs: at(9, i) }),
  );
  const model = roomModel(items);
  const seen = (of: Model) =>
    new Set(timeline(of).view(20).rows.flatMap(({ key }) => key === undefined ? [] : [key]));
  const revealed = (of: Model, i: number) => scrollTo(of, timeline(of).revealing(items[i].key, 20));
  // The last one is seen, and stays where it is.
  deepEqual([...seen(revealed(model, 29))], [...seen(model)]);
  const up = revealed(model, 3);
  equal([...seen(up)][0], items[3].key);
  const down = revealed(up, 20);
  equal([...seen(down)].at(-1), items[20].key);
  equal(timeline(model).revealing("nobody", 20), undefined);
});

Deno.test("timeline shows the first row of an item that is higher than the screen", () => {
  const long = said("bob", lines(60), inRoom);
  const model = roomModel([...roomItems(), long]);
  const look = { unfolded: new Set([long.key]) };
  const anchor = timeline(model, look).revealing(long.key, 20);
  const view = timeline(scrollTo(model, anchor), look).view(20);
  const first = view.rows.find(({ key }) => key === long.key);
  ok(wordsOf(first?.row ?? []).includes("bob"), JSON.stringify(first));
  equal(view.rows.length, 20);
});

Deno.test("timeline has what is older read while there are still screens of it above", () => {
  const items = Array.from({ length: 100 }, (_, i) => said("bob", `message ${i}`, inRoom));
  const model = roomModel(items);
  equal(timeline(model).view(20).nearsTop, false);
  const anchor = { key: items[60].key, line: Infinity };
  equal(timeline(scrollTo(model, anchor)).view(20).nearsTop, true);
  equal(timeline(roomModel([])).view(20).nearsTop, true);
});
