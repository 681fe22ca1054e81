/** How the person moves through the conversations. Pure: every function returns another model, or the same one. */

import { type Heading, HEADINGS } from "./list_order.ts";
import {
  type Anchor,
  isMuted,
  type Model,
  pageOf,
  type Place,
  placesInOrder,
  seeOpen,
  withPage,
} from "./model.ts";

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

/** Shows as much unread as it can: mentions first, then rooms and people in the order of the list. What is muted is passed over. */
export function openNextUnread(model: Model): Model {
  const places = placesInOrder(model).filter((place) => !isMuted(model, place));
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

/** The conversation at a place of the list, from 1 on; without the program's own page. */
export function openNth(model: Model, nth: number): Model {
  const place = placesInOrder(model)[nth];
  return place === undefined ? model : openPlace(model, place);
}

/** Scrolls the open page to an anchor; undefined follows the newest again. */
export function scrollTo(model: Model, anchor: Anchor | undefined): Model {
  const scrolled = withPage(model, model.open, { ...pageOf(model, model.open), anchor });
  return anchor === undefined ? seeOpen(scrolled) : scrolled;
}

/** The person looks at the terminal, or at something else. */
export function setFocus(model: Model, isFocused: boolean): Model {
  return seeOpen({ ...model, isFocused });
}

/** Folds a heading, or shows all that is below it. */
export function toggleFold(model: Model, heading: Heading): Model {
  const folded = new Set(model.folded);
  if (!folded.delete(heading)) folded.add(heading);
  return { ...model, folded };
}

/** The same of the heading above the open conversation; on the program's own page of all of them. */
export function toggleFoldHere(model: Model): Model {
  const { open, sections, folded } = model;
  const here = sections.find(({ peers }) => peers.some(({ peer }) => peer === open));
  if (here !== undefined) return toggleFold(model, here.heading);
  return { ...model, folded: new Set(folded.size > 0 ? [] : HEADINGS) };
}
