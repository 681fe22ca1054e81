import { deepEqual, equal } from "node:assert/strict";
import type { AppEvent } from "../../../lib/app/events.ts";
import { type Model, pageOf, type Place } from "../../../lib/app/conversations/model.ts";
import {
  addItem,
  dropItems,
  firstUnread,
  replaceItem,
  takeEvent,
} from "../../../lib/app/conversations/update.ts";
import { BOB, busyModel, CAROL, OPS, said, textOf } from "../../kit/scenes.ts";

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

type EntryEvent = Extract<AppEvent, { type: "entry" }>;

/** The event that an item came by; `target`: of a change, the text as it stands now. */
function eventOf(item: ReturnType<typeof said>, target?: ReturnType<typeof said>): EntryEvent {
  const shown = ({ entry, facts }: ReturnType<typeof said>) => ({ entry, facts });
  return {
    type: "entry",
    ...shown(item),
    target: target && shown(target),
    wasShown: true,
  };
}

/** What each answer on a page quotes; undefined: nothing of it. */
function quotesOn(model: Model, place: Place): readonly (string | undefined)[] {
  return pageOf(model, place).items.flatMap((item) =>
    item.kind === "entry" && item.entry.replyTo !== undefined ? [item.facts.target?.text] : []
  );
}

Deno.test("model quotes a text as it says now, nothing of one that was deleted, and of no other conversation", () => {
  const question = said("bob", "lunch?");
  const { id, place } = question.entry;
  const answer = said("alice", "yes", {
    ...{ peer: BOB, own: true, replyTo: id, target: question.entry },
  });
  let model = addItem(addItem(busyModel(), BOB, question), BOB, answer);
  const elsewhere = said("carol", "yes", { replyTo: id });
  model = addItem(model, CAROL, elsewhere);
  const changed = (type: "edit" | "delete") =>
    said("bob", "", { kind: "change", change: { type, target: id } });
  const now = (entry: Partial<typeof question.entry>) => ({
    ...question,
    key: `${place}`,
    entry: { ...question.entry, ...entry },
  });
  model = takeEvent(model, eventOf(changed("edit"), now({ text: "dinner?", editedMs: 1 })));
  deepEqual(quotesOn(model, BOB), ["dinner?"]);
  model = takeEvent(model, eventOf(changed("delete"), now({ text: "", deletedBy: BOB })));
  deepEqual(quotesOn(model, BOB), [""]);
  deepEqual(quotesOn(model, CAROL), [undefined]);
});

Deno.test("model quotes nothing of a text that is erased, also where that was never loaded", () => {
  const question = said("bob", "this goes soon", { peer: OPS });
  const answer = said("carol", "yes", {
    ...{ peer: OPS, replyTo: question.entry.id, target: question.entry },
  });
  const model = addItem(busyModel(), OPS, answer);
  deepEqual(quotesOn(model, OPS), ["this goes soon"]);
  const { place } = question.entry;
  const next = takeEvent(model, { type: "gone", places: [place], counts: new Map() });
  deepEqual(quotesOn(next, OPS), [undefined]);
});

Deno.test("model quotes a text that comes after its answer", () => {
  const question = said("bob", "lunch?");
  let model = addItem(busyModel(), BOB, said("bob", "yes", { replyTo: question.entry.id }));
  deepEqual(quotesOn(model, BOB), [undefined]);
  model = takeEvent(model, eventOf(question));
  deepEqual(quotesOn(model, BOB), ["lunch?"]);
});
