/** Moving the cursor from message to message, and to those that are not on the screen. */

import { pageOf, type Place } from "../../app/conversations/model.ts";
import { scrollTo } from "../../app/conversations/moving.ts";
import { placeOf } from "../../app/conversations/update.ts";
import type { App } from "./app.ts";
import type { Found } from "../timeline/message_cursor.ts";
import { timelineOf } from "../panes/timeline_pane.ts";

/** To the message above or below; to the last one that is seen where there was no cursor. Below the newest it is left. */
export function moveCursor(app: App, step: 1 | -1): void {
  const before = app.cursor.itemIn(app.model)?.key;
  if (before === undefined && step > 0) return;
  const next = openTimeline(app)?.timeline.neighbour(before, step);
  if (next !== undefined) return putCursor(app, next);
  if (step > 0) leaveCursor(app);
}

/** Puts the cursor on a message of the open page, and shows that: in the middle where it was not to be seen. */
export function putCursor(app: App, key: string, { isFar = false } = {}): void {
  const { open } = app.model;
  app.cursor.put(open, key);
  reveal(app, key);
  if (!isFar) return;
  const { timeline, heightCells } = openTimeline(app) ?? {};
  if (timeline === undefined || heightCells === undefined) return;
  const middle = timeline.scrolled(-Math.floor(heightCells / 3), heightCells);
  if (middle === undefined) return;
  app.change((model) => scrollTo(model, middle));
  reveal(app, key);
}

function reveal(app: App, key: string): void {
  const { timeline, heightCells } = openTimeline(app) ?? {};
  if (timeline === undefined || heightCells === undefined) return;
  // A row may become the banner's.
  const anchor = timeline.revealing(key, Math.max(1, heightCells - 1));
  app.change((model) => scrollTo(model, anchor));
}

function openTimeline(app: App) {
  const area = app.canvas.painted?.layout.timeline;
  if (area === undefined) return undefined;
  return { timeline: timelineOf(app.scene, area), heightCells: area.heightCells };
}

/** The newest are followed again where they were seen. */
export function leaveCursor(app: App): void {
  app.cursor.leave();
  const { timeline, heightCells } = openTimeline(app) ?? {};
  if (timeline === undefined || heightCells === undefined) return;
  const anchor = timeline.scrolled(0, heightCells);
  app.change((model) => scrollTo(model, anchor));
}

/** Goes where something was said, which may have to be read, and puts the cursor there. */
export async function goToMessage(app: App, place: Place, at: number): Promise<void> {
  await app.inbox.load(place, at);
  const key = `${at}`;
  if (!pageOf(app.model, place).items.some((item) => item.key === key)) {
    return app.inbox.addLine("* it is no longer there", place);
  }
  putCursor(app, key, { isFar: true });
}

/** To what was found before or after, in the order in which the search shows it. */
export function toNextFound(app: App, step: 1 | -1): void {
  const { found } = app.cursor;
  if (found === undefined) return;
  showFound(app, { ...found, at: found.at + step });
}

/** Shows one of what was found. */
export function showFound(app: App, found: Found): void {
  const entry = found.entries[found.at];
  if (entry === undefined) return;
  app.inbox.start(
    goToMessage(app, placeOf(entry), entry.place).then(() => {
      app.cursor.found = found;
      app.canvas.now();
    }),
  );
}
