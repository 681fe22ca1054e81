/** The quick switcher: every room and everybody, by some letters of the name; what is new and what was recent first. */

import {
  listedAt,
  type Model,
  pageOf,
  peersInOrder,
  type Place,
} from "../../app/conversations/model.ts";
import { openPlace } from "../../app/conversations/moving.ts";
import type { App } from "../conversations/app.ts";
import { type Choice, Chooser } from "./chooser.ts";
import { OWN_PAGE } from "../panes/list_pane.ts";
import { PRESENCE_WORDS } from "../panes/bars.ts";

/** Opens it. */
export function goTo(app: App): void {
  app.show(
    new Chooser<Place>({
      title: "Go to",
      hint: "type some letters · enter goes there · escape closes",
      shape: "page",
      query: "",
      find: (query) => findPlaces(app.model, query).map((place) => choiceOf(app.model, place)),
      onChosen: (place) => app.change((model) => openPlace(model, place)),
    }),
  );
}

/**
 * Whatever the query fits, all without one. Whose name begins with it stands before those with a word of it, its letters together,
 * and only its letters in their order. Among equals: those with something new, then by what was said last, then by name; where
 * the person is comes last.
 */
export function findPlaces(model: Model, query: string): readonly Place[] {
  const wanted = query.trim().toLowerCase();
  const places: readonly Place[] = [...peersInOrder(model).map(({ peer }) => peer), undefined];
  return places.flatMap((place) => {
    const fit = fitOf(nameOf(model, place).toLowerCase(), wanted);
    if (fit === undefined) return [];
    const { unread, mentions, recent } = pageOf(model, place);
    const isMuted = listedAt(model, place)?.notify === "none";
    const urgency = isMuted || unread === 0 ? 0 : mentions > 0 ? 2 : 1;
    return [{ place, fit, isOpen: Number(place === model.open), urgency, recent }];
  }).sort((a, b) =>
    a.fit - b.fit || a.isOpen - b.isOpen || b.urgency - a.urgency || b.recent - a.recent
  ).map(({ place }) => place);
}

function choiceOf(model: Model, place: Place): Choice<Place> {
  const listed = listedAt(model, place);
  const { unread } = pageOf(model, place);
  const about = listed === undefined
    ? ""
    : listed.presence === "room"
    ? listed.about
    : PRESENCE_WORDS[listed.presence];
  const detail = [unread > 0 ? `${unread} unread` : "", about].filter((part) => part !== "");
  return { label: nameOf(model, place), detail: detail.join("  "), value: place };
}

function nameOf(model: Model, place: Place): string {
  return listedAt(model, place)?.name ?? OWN_PAGE;
}

/** The smaller, the better. Undefined: not all letters are there in their order, as those of `crl` are in carol. */
function fitOf(name: string, wanted: string): number | undefined {
  const bare = name.replace(/^#/, "");
  const letters = wanted.replace(/^#/, "");
  if (wanted.startsWith("#") && !name.startsWith("#")) return undefined;
  const at = bare.indexOf(letters);
  if (at === 0) return 0;
  if (at > 0) return /[\p{L}\p{N}]/u.test(bare[at - 1] ?? "") ? 2 : 1;
  let from = 0;
  for (const letter of letters) {
    from = bare.indexOf(letter, from) + 1;
    if (from === 0) return undefined;
  }
  return 3;
}
