/** What happens, and what it makes of the model. Pure: every function returns another model, or the same one. */

import type { PlacedEntry } from "../../client/store/history.ts";
import { isDirect, kindOf } from "../../client/store/conversation_kinds.ts";
import type { AppEvent, ShownEntry } from "../events.ts";
import { placeOf as conversationOf } from "../../client/transfers/transfer.ts";
import { type Card, type CardId, fileCards, overCards } from "./cards.ts";
import { usualNotify } from "./listed_peers.ts";
import { mentionsIn } from "./mentions.ts";
import {
  arrange,
  isMuted,
  isSaid,
  type Item,
  listedAt,
  type Model,
  type Page,
  pageOf,
  type Place,
  placeOfItem,
  seeOpen,
  withPage,
} from "./model.ts";

type Of<Type extends AppEvent["type"]> = Extract<AppEvent, { type: Type }>;

/** What an event makes of the model. */
export function takeEvent(model: Model, event: AppEvent): Model {
  switch (event.type) {
    case "entry":
      return takeEntry(model, event);
    case "delivery":
      return takeDelivery(model, event);
    case "list":
      return arrange({ ...model, peers: event.peers });
    case "connection":
      return { ...model, connection: event.news.state };
    case "unread":
      return arrange(setUnread({ ...model, countedUpTo: event.upTo }, event.counts));
    case "read":
      return arrange(setUnreadOf(model, event.peer, event.unread));
    case "gone":
      return arrange(setUnread(dropItems(model, new Set(event.places)), event.counts));
    case "transfers":
      return takeTransfers(model, event);
    case "streams":
      return withCards(model, new Map(event.streams.map((card) => [card.stream.id, card])));
    case "seen":
      return { ...model, seen: Map.groupBy(event.marks, ({ peer }) => peer) };
    case "typing":
      return { ...model, typing: typingOf(event.now) };
    case "requests":
      return { ...model, requests: event.requests };
    case "quiet":
      return { ...model, waiting: event.waiting };
    default:
      return model;
  }
}

/** What everyone reads stands beside the conversations, on the program's own page. */
export function placeOf({ kind, peer }: Pick<PlacedEntry, "kind" | "peer">): Place {
  return kind === "broadcast" ? undefined : peer;
}

/** An entry of the history as a page has it. `highlights`: the words that mean the person. */
export function itemOf({ entry, facts }: ShownEntry, highlights: readonly string[]): Item {
  const mentions = !entry.own && entry.kind !== "notice" &&
    mentionsIn(entry.text, highlights).length > 0;
  return { kind: "entry", key: `${entry.place}`, entry, facts, mentions };
}

function typingOf(now: Of<"typing">["now"]): Model["typing"] {
  const groups = Map.groupBy(now, ({ peer }) => peer);
  return new Map([...groups].map(([peer, all]) => [peer, all.map(({ account }) => account)]));
}

/** Who has said what they typed types no more. */
function endTyping(model: Model, { peer, from }: PlacedEntry): Model {
  const typing = model.typing.get(peer);
  if (typing?.includes(from) !== true) return model;
  const rest = typing.filter((account) => account !== from);
  return { ...model, typing: new Map(model.typing).set(peer, rest) };
}

/** With cards as they stand now. */
function withCards(model: Model, cards: ReadonlyMap<CardId, Card>): Model {
  return { ...model, cards: overCards(model.cards, cards) };
}

/** What ended where the person is, they see. */
function takeTransfers(model: Model, { active, ended }: Of<"transfers">): Model {
  const elsewhere = ended.map(({ transfer }) => transfer)
    .filter((transfer) => !model.isFocused || conversationOf(transfer) !== model.open);
  const next = withCards(model, fileCards([...active, ...ended]));
  return { ...next, transfers: active, ended: [...model.ended, ...elsewhere] };
}

/** A text that was edited, deleted or reacted to is another one where it stands. */
function takeEntry(before: Model, { entry, facts, target, wasShown, cards }: Of<"entry">): Model {
  const carded = cards === undefined ? before : withCards(before, cards);
  const model = endTyping(carded, entry);
  const changed = target === undefined ? model : takeTarget(model, target);
  const answered = entry.kind === "text" ? quote(changed, entry) : changed;
  return addItem(answered, placeOf(entry), itemOf({ entry, facts }, model.highlights), {
    isRead: wasShown,
    isCounted: entry.place <= model.countedUpTo,
  });
}

/** A text says something else where it stands, and where it is quoted. */
function takeTarget(model: Model, target: ShownEntry): Model {
  const replaced = replaceItem(model, placeOf(target.entry), itemOf(target, model.highlights));
  return quote(replaced, target.entry);
}

/** What answers a text quotes it as it is now: that came later, was edited, or deleted. */
function quote(model: Model, target: PlacedEntry): Model {
  return quoteAs(model, placeOf(target), ({ entry }) => entry.replyTo === target.id, target);
}

function quoteAs(
  model: Model,
  place: Place,
  isQuote: (answer: ShownEntry) => boolean,
  target: PlacedEntry | undefined,
): Model {
  const page = pageOf(model, place);
  let count = 0;
  const items = page.items.map((item): Item => {
    if (!isSaid(item) || !isQuote(item)) return item;
    count++;
    return { ...item, facts: { ...item.facts, target } };
  });
  if (count === 0) return model;
  return withPage(model, place, { ...page, items });
}

/** More is on the disk, and is read when it is scrolled to. */
export const MAX_PAGE_ITEMS = 2_000;

/** Something was said, or the program says something: it is new unless the person sees it, or has read it before. */
export function addItem(
  model: Model,
  place: Place,
  item: Item,
  { isRead = false, isCounted = false }: {
    readonly isRead?: boolean;
    /** The page's count has it already. */
    readonly isCounted?: boolean;
  } = {},
): Model {
  const page = pageOf(model, place);
  if (isKnown(page, item)) return model;
  const isSeen = model.open === place && model.isFocused && page.anchor === undefined;
  const isNews = isSaid(item) && !item.entry.own && !isSeen && !isRead;
  const kept = page.items.length >= MAX_PAGE_ITEMS && page.anchor === undefined;
  const items = [...kept ? page.items.slice(-MAX_PAGE_ITEMS + 1) : page.items, item];
  const lastKey = page.items.at(-1)?.key;
  // Between two people the count of what is unread has them already.
  const isMeantAnyway = isCounted && place !== undefined && isDirect(place);
  const recent = Math.max(
    page.recent,
    item.kind === "entry" && isShown(item) ? item.entry.place : 0,
  );
  const next = withPage(model, place, {
    ...page,
    recent,
    items: isLate(page, item) ? inOrder(items) : items,
    isWhole: page.isWhole && !kept,
    unread: page.unread + (isNews && !isCounted ? 1 : 0),
    mentions: page.mentions + (isNews && isForPerson(item, place) && !isMeantAnyway ? 1 : 0),
    freshAfter: isNews ? page.freshAfter ?? lastKey ?? START : page.freshAfter,
  });
  return isNews || recent !== page.recent ? arrange(next) : next;
}

/** What was done to a text makes its conversation no newer. */
function isShown({ entry }: Extract<Item, { kind: "entry" }>): boolean {
  return entry.kind !== "change";
}

/** Takes a line of the program off a page again. */
export function dropItem(model: Model, place: Place, key: string): Model {
  const page = pageOf(model, place);
  const at = page.items.findIndex((item) => item.key === key);
  if (at < 0) return model;
  return withPage(model, place, {
    ...page,
    items: page.items.toSpliced(at, 1),
    anchor: page.anchor?.key === key ? undefined : page.anchor,
    freshAfter: page.freshAfter === key ? page.items[at - 1]?.key ?? START : page.freshAfter,
  });
}

/** Before the first item. */
export const START = "";

/**
 * What was read from the disk goes where its place is; lines that have none stay behind what they came after. `firstNew`: the key
 * of the first of them that was unread, where that is not known otherwise: who opens a conversation may be quicker than what
 * tells of its entries. `isFirst`: nothing was read before, so that what came meanwhile is not the beginning.
 */
export function addOlder(
  model: Model,
  place: Place,
  read: {
    readonly items: readonly Item[];
    readonly isWhole: boolean;
    readonly firstNew?: string | undefined;
    readonly isFirst?: boolean;
    readonly cards?: Model["cards"];
  },
): Model {
  const page = pageOf(model, place);
  // What was told meanwhile is newer.
  const cards = read.cards === undefined ? model.cards : overCards(read.cards, model.cards);
  const places = new Set(page.items.map(placeOfItem));
  const older = read.items.filter((item) => !places.has(placeOfItem(item)));
  const items = inOrder([...older, ...page.items]);
  const isOpenTop = read.isFirst === true && page.freshAfter === START;
  const firstNew = read.firstNew ?? (isOpenTop ? page.items[0]?.key : undefined);
  const newAt = items.findIndex(({ key }) => key === firstNew);
  const known = isOpenTop ? undefined : page.freshAfter;
  const freshAfter = known ?? (newAt < 0 ? undefined : items[newAt - 1]?.key ?? START);
  const next = { ...page, items, isWhole: read.isWhole, freshAfter };
  return withPage({ ...model, cards }, place, next);
}

/** By place, and where there are numbers of a room by those; what has none stays behind what it came after. */
function inOrder(items: readonly Item[]): readonly Item[] {
  let place = 0;
  const placed = items.map((item) => ({ item, order: place = placeOfItem(item) ?? place }))
    .sort((a, b) => a.order - b.order);
  let greatest = 0;
  return placed.map(({ item }) => {
    const number = numberOf(item);
    greatest = Math.max(greatest, number ?? 0);
    return { item, order: number ?? greatest };
  }).sort((a, b) => a.order - b.order).map(({ item }) => item);
}

/** In a room the room's number, by which its texts stand; undefined until the server has given it. */
function numberOf(item: Item): number | undefined {
  return isSaid(item) && item.entry.kind === "text" && kindOf(item.entry.peer).isNumbered
    ? item.entry.number
    : undefined;
}

/** Whether something stands before what is there already. */
function isLate({ items }: Page, item: Item): boolean {
  const number = numberOf(item);
  return number !== undefined && items.some((one) => (numberOf(one) ?? 0) > number);
}

/** How far an own text has come; in a room also which number that has given it. */
export function takeDelivery(
  model: Model,
  { id, state, number }: Pick<Of<"delivery">, "id" | "state" | "number">,
): Model {
  for (const [place, page] of model.pages) {
    const found = page.items.findLast((item) => item.kind === "entry" && item.entry.id === id);
    if (found?.kind !== "entry") continue;
    const entry = number === undefined ? found.entry : { ...found.entry, number };
    const item: Item = { ...found, entry, facts: { ...found.facts, delivery: state } };
    const items = page.items.map((one) => one === found ? item : one);
    return withPage(model, place, {
      ...page,
      items: number === undefined ? items : inOrder(items),
    });
  }
  return model;
}

/** How much of each conversation is new, as it is written down. What is in front of the person is not. */
export function setUnread(model: Model, counts: ReadonlyMap<Place, number>): Model {
  let next = model;
  for (const place of new Set([...model.pages.keys(), ...counts.keys()])) {
    next = setUnreadOf(next, place, counts.get(place) ?? 0);
  }
  return next;
}

/** Where the newest of each conversation stands, as it is written down. */
export function setRecent(model: Model, places: ReadonlyMap<Place, number>): Model {
  const pages = new Map(model.pages);
  for (const [place, recent] of places) pages.set(place, { ...pageOf(model, place), recent });
  return { ...model, pages };
}

/** The same of one of them. */
function setUnreadOf(model: Model, place: Place, unread: number): Model {
  const page = pageOf(model, place);
  if (unread === page.unread) return model;
  const isDirectPlace = place !== undefined && isDirect(place);
  const mentions = isDirectPlace ? unread : Math.min(page.mentions, unread);
  return seeOpen(withPage(model, place, { ...page, unread, mentions }));
}

/** What stands at an item's place says something else now; elsewhere nothing changes. */
export function replaceItem(model: Model, place: Place, item: Item): Model {
  const page = pageOf(model, place);
  if (!page.items.some(({ key }) => key === item.key)) return model;
  const items = page.items.map((one) => one.key === item.key ? item : one);
  return withPage(model, place, { ...page, items });
}

/** Takes out what is erased. */
export function dropItems(model: Model, places: ReadonlySet<number>): Model {
  const isKept = (item: Item) => !places.has(placeOfItem(item) ?? 0);
  let next = model;
  for (const place of model.pages.keys()) {
    next = quoteAs(next, place, ({ facts }) => places.has(facts.target?.place ?? 0), undefined);
    const page = pageOf(next, place);
    const kept = keepItems(page, isKept);
    if (kept.items.length !== page.items.length) next = withPage(next, place, kept);
  }
  return next;
}

function keepItems(page: Page, isKept: (item: Item) => boolean): Page {
  const items = page.items.filter(isKept);
  const freshAt = page.items.findIndex(({ key }) => key === page.freshAfter);
  const before = page.items.slice(0, freshAt + 1).findLast(isKept)?.key;
  const isOnTop = page.freshAfter === START || freshAt >= 0 && before === undefined;
  return { ...page, items, freshAfter: before ?? (isOnTop ? START : undefined) };
}

/** Takes the program's own lines off a page. */
export function dropLines(model: Model, place: Place): Model {
  const kept = keepItems(pageOf(model, place), ({ kind }) => kind !== "line");
  return withPage(model, place, { ...kept, anchor: undefined });
}

/** The place of the last that is there of a page; undefined while there is nothing. */
export function lastPlace({ items }: Page): number | undefined {
  const places = items.flatMap((item) => placeOfItem(item) ?? []);
  return places.length === 0 ? undefined : Math.max(...places);
}

/** The place of the first of a page that may be unread. */
export function firstUnread({ items, unread, freshAfter }: Page): number | undefined {
  if (unread === 0) return undefined;
  const from = items.findIndex(({ key }) => key === freshAfter) + 1;
  return items.slice(from).map(placeOfItem).find((place) => place !== undefined);
}

/** Whether an entry that came is to be told to somebody who looks at something else, as they chose for its conversation. */
export function isCall(before: Model, after: Model, entry: PlacedEntry): boolean {
  const place = placeOf(entry);
  const [was, now] = [pageOf(before, place), pageOf(after, place)];
  const isNew = now.unread > was.unread || now.mentions > was.mentions;
  // What everyone reads has no choice of its own.
  const notify = listedAt(after, place)?.notify ??
    (place === undefined ? "mentions" : usualNotify(place));
  const isMeant = now.items.some((item) =>
    item.kind === "entry" && item.entry.place === entry.place && item.mentions
  );
  return isNew && (notify === "all" || notify === "mentions" && isMeant);
}

/** All that is unread, over all conversations that are not muted: how many texts, and how many of them name the person in a room. */
export function totalUnread(model: Model): { readonly unread: number; readonly mentions: number } {
  let unread = 0;
  let mentions = 0;
  for (const [place, page] of model.pages) {
    if (page.unread === 0 && page.mentions === 0 || isMuted(model, place)) continue;
    unread += page.unread;
    // What is said to nobody else calls like a mention, and is none in words.
    if (place === undefined || !isDirect(place)) mentions += page.mentions;
  }
  return { unread, mentions };
}

function isKnown(page: Page, item: Item): boolean {
  const place = placeOfItem(item);
  if (place === undefined) return false;
  // What comes is newer than all that is there, but for what was read from the disk just before.
  const places = page.items.map(placeOfItem);
  return place <= (places.findLast((one) => one !== undefined) ?? 0) && places.includes(place);
}

/** With one other person everything is; in a room what has the name. */
function isForPerson(item: Item, place: Place): boolean {
  return isSaid(item) && (item.mentions || (place !== undefined && isDirect(place)));
}
