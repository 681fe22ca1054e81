/** What happens, and what it makes of the model. Pure: every function returns another model, or the same one. */

import { isDirect } from "../client/store/conversation_kinds.ts";
import {
  type Anchor,
  type Delivery,
  type Item,
  type Model,
  type Page,
  pageOf,
  placesInOrder,
} from "./model.ts";
import type { ListedPeer, Place } from "./talk.ts";

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
  const isNews = item.kind === "said" && !item.own && !isSeen && !isRead;
  const kept = page.items.length >= MAX_PAGE_ITEMS && page.anchor === undefined;
  const items = [...kept ? page.items.slice(-MAX_PAGE_ITEMS + 1) : page.items, item];
  const lastKey = page.items.at(-1)?.key;
  return withPage(model, place, {
    ...page,
    items: isLate(page, item) ? inOrder(items) : items,
    isWhole: page.isWhole && !kept,
    unread: page.unread + (isNews && !isCounted ? 1 : 0),
    mentions: page.mentions + (isNews && isForPerson(item, place) ? 1 : 0),
    freshAfter: isNews ? page.freshAfter ?? lastKey ?? START : page.freshAfter,
  });
}

/** Before the first item. */
export const START = "";

/**
 * What was read from the disk goes where its place is; lines that have none stay behind what they came after. `firstNew`: the key
 * of the first of them that was unread, where that is not known otherwise: who opens a conversation may be quicker than what
 * tells of its entries.
 */
export function addOlder(
  model: Model,
  place: Place,
  read: {
    readonly items: readonly Item[];
    readonly isWhole: boolean;
    readonly firstNew?: string | undefined;
  },
): Model {
  const page = pageOf(model, place);
  const places = new Set(page.items.map((item) => item.place));
  const older = read.items.filter((item) => !places.has(item.place));
  const items = inOrder([...older, ...page.items]);
  const newAt = items.findIndex(({ key }) => key === read.firstNew);
  const freshAfter = page.freshAfter ??
    (newAt < 0 ? undefined : items[newAt - 1]?.key ?? START);
  return withPage(model, place, { ...page, items, isWhole: read.isWhole, freshAfter });
}

/** By place, and where there are numbers of a room by those; what has none stays behind what it came after. */
function inOrder(items: readonly Item[]): readonly Item[] {
  let place = 0;
  const placed = items.map((item) => ({ item, order: place = item.place ?? place }))
    .sort((a, b) => a.order - b.order);
  let greatest = 0;
  return placed.map(({ item }) => {
    const number = item.kind === "said" ? item.number : undefined;
    greatest = Math.max(greatest, number ?? 0);
    return { item, order: number ?? greatest };
  }).sort((a, b) => a.order - b.order).map(({ item }) => item);
}

/** Whether something stands before what is there already. */
function isLate({ items }: Page, item: Item): boolean {
  if (item.kind !== "said" || item.number === undefined) return false;
  const { number } = item;
  return items.some((one) =>
    one.kind === "said" && one.number !== undefined && one.number > number
  );
}

/** How far an own text has come; in a room also which number that has given it. */
export function takeDelivery(
  model: Model,
  { id, state, number }: {
    readonly id: string;
    readonly state: Delivery;
    readonly number?: number | undefined;
  },
): Model {
  const next = setDelivery(model, id, state);
  for (const [place, page] of number === undefined ? [] : model.pages) {
    const found = page.items.find((item) => item.kind === "said" && item.id === id);
    if (found?.kind !== "said" || found.number === number) continue;
    const items = page.items.map((item) => item === found ? { ...found, number } : item);
    return withPage(next, place, { ...page, items: inOrder(items) });
  }
  return next;
}

/** How much of each conversation is new, as it is written down. What is in front of the person is not. */
export function setUnread(model: Model, counts: ReadonlyMap<Place, number>): Model {
  let next = model;
  for (const place of new Set([...model.pages.keys(), ...counts.keys()])) {
    next = setUnreadOf(next, place, counts.get(place) ?? 0);
  }
  return next;
}

/** The same of one of them. */
export function setUnreadOf(model: Model, place: Place, unread: number): Model {
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
export function dropItems(model: Model, isErased: (place: number) => boolean): Model {
  const isKept = ({ place }: Item) => place === undefined || !isErased(place);
  let next = model;
  for (const [place, page] of model.pages) {
    const items = page.items.filter(isKept);
    if (items.length === page.items.length) continue;
    const freshAt = page.items.findIndex(({ key }) => key === page.freshAfter);
    const freshAfter = page.items.slice(0, freshAt + 1).findLast(isKept)?.key;
    next = withPage(next, place, { ...page, items, freshAfter });
  }
  return next;
}

/** The place of the last that is there of a page; undefined while there is nothing. */
export function lastPlace({ items }: Page): number | undefined {
  const places = items.flatMap(({ place }) => place ?? []);
  return places.length === 0 ? undefined : Math.max(...places);
}

/** The place of the first of a page that may be unread. */
export function firstUnread({ items, unread, freshAfter }: Page): number | undefined {
  if (unread === 0) return undefined;
  const from = items.findIndex(({ key }) => key === freshAfter) + 1;
  return items.slice(from).find(({ place }) => place !== undefined)?.place;
}

/** Shows another conversation. The line before what is new stays until that is left again. */
export function openPlace(model: Model, place: Place): Model {
  if (model.open === place) return seeOpen(model);
  const left = pageOf(model, model.open);
  const without = withPage(model, model.open, {
    ...left,
    freshAfter: undefined,
    anchor: undefined,
  });
  return seeOpen({ ...without, open: place });
}

/** What is in front of the person is not unread. */
function seeOpen(model: Model): Model {
  const page = pageOf(model, model.open);
  if (page.unread === 0 || !model.isFocused || page.anchor !== undefined) return model;
  return withPage(model, model.open, { ...page, unread: 0, mentions: 0 });
}

/** Shows as much unread as it can: mentions first, then rooms and people in the order of the list. */
export function openNextUnread(model: Model): Model {
  const places = placesInOrder(model);
  const from = places.indexOf(model.open) + 1;
  const turned = [...places.slice(from), ...places.slice(0, from)];
  const next = turned.find((place) => pageOf(model, place).mentions > 0) ??
    turned.find((place) => pageOf(model, place).unread > 0);
  return turned.some((place) => pageOf(model, place).unread > 0) ? openPlace(model, next) : model;
}

/** The conversation before or after the open one. */
export function openNeighbour(model: Model, step: 1 | -1): Model {
  const places = placesInOrder(model);
  const at = places.indexOf(model.open);
  return openPlace(model, places[(at + step + places.length) % places.length]);
}

/** Scrolls the open page to an anchor; undefined follows the newest again. */
export function scrollTo(model: Model, anchor: Anchor | undefined): Model {
  const scrolled = withPage(model, model.open, { ...pageOf(model, model.open), anchor });
  return anchor === undefined ? seeOpen(scrolled) : scrolled;
}

/** The list as it is now, rooms first, then who is there, then who is away. */
export function setPeers(model: Model, peers: readonly ListedPeer[]): Model {
  const rank = ({ presence }: ListedPeer) => presence === "room" ? 0 : presence === "away" ? 2 : 1;
  const sorted = [...peers].sort((a, b) =>
    rank(a) - rank(b) || a.name.localeCompare(b.name) || (a.peer < b.peer ? -1 : 1)
  );
  return { ...model, peers: sorted };
}

/** How far an own text has come. */
export function setDelivery(model: Model, id: string, delivery: Delivery): Model {
  if (model.deliveries.get(id) === delivery) return model;
  return { ...model, deliveries: new Map(model.deliveries).set(id, delivery) };
}

/** The person looks at the terminal, or at something else. */
export function setFocus(model: Model, isFocused: boolean): Model {
  return seeOpen({ ...model, isFocused });
}

/** All that is unread, over all conversations. */
export function totalUnread(model: Model): { readonly unread: number; readonly mentions: number } {
  let unread = 0;
  let mentions = 0;
  for (const page of model.pages.values()) {
    unread += page.unread;
    mentions += page.mentions;
  }
  return { unread, mentions };
}

function isKnown(page: Page, item: Item): boolean {
  if (item.place === undefined) return false;
  // What comes is newer than all that is there, but for what was read from the disk just before.
  const last = page.items.findLast(({ place }) => place !== undefined)?.place ?? 0;
  return item.place <= last && page.items.some(({ place }) => place === item.place);
}

/** With one other person everything is; in a room what has the name. */
function isForPerson(item: Item, place: Place): boolean {
  return item.kind === "said" && (item.mentions || (place !== undefined && isDirect(place)));
}

function withPage(model: Model, place: Place, page: Page): Model {
  return { ...model, pages: new Map(model.pages).set(place, page) };
}
