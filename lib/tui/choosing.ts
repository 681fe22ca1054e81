/** Lists to choose from: where to go, how a word goes on. */

import type { App } from "./app.ts";
import { Chooser } from "./chooser.ts";
import { suggestFor } from "./completions.ts";
import { pageOf, placesInOrder } from "../app/conversations/model.ts";
import type { Place } from "../app/conversations/model.ts";
import { openPlace } from "../app/conversations/update.ts";

/** The quick switcher. */
export function goTo(app: App): void {
  app.show(
    new Chooser<Place>({
      title: "Go to",
      hint: "type some letters · enter goes there · escape closes",
      shape: "page",
      query: "",
      find: (query) => {
        const wanted = query.trim().toLowerCase();
        return placesInOrder(app.model).map((place) => {
          const listed = app.model.peers.find(({ peer }) => peer === place);
          const { unread } = pageOf(app.model, place);
          const about = listed?.presence === "room" ? listed.about : listed?.presence ?? "";
          const detail = unread > 0 ? `${unread} unread  ${about}` : about;
          return { label: listed?.name ?? "heliograph", detail, value: place };
        }).filter(({ label }) => fits(label.toLowerCase(), wanted))
          .sort((a, b) => rank(a.label, wanted) - rank(b.label, wanted));
      },
      onChosen: (place) => app.change((model) => openPlace(model, place)),
    }),
  );
}

/** All letters in their order, e.g. `crl` for carol. */
function fits(label: string, wanted: string): boolean {
  let at = 0;
  for (const controlMessage of wanted) {
    at = label.indexOf(controlMessage, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function rank(label: string, wanted: string): number {
  const at = label.toLowerCase().indexOf(wanted);
  return at < 0 ? 2 : at === 0 || label.startsWith("#") && at === 1 ? 0 : 1;
}

/** Completes the word before the cursor: at once, or from a menu where there are several ways. */
export function complete(app: App): void {
  const { open } = app.model;
  const editor = app.composer.editorOf(open);
  const before = editor.textBeforeCursor;
  const { from, found, coming } = suggestFor(before, app.talk.facts, app.model);
  if (found.length === 0) {
    if (coming === undefined) return;
    return app.inbox.start(coming.then(() => {
      const isAsBefore = app.panel === undefined && app.model.open === open &&
        editor.textBeforeCursor === before;
      if (isAsBefore) complete(app);
      app.canvas.now();
    }));
  }
  if (found.length === 1) return editor.replaceWord(from, found[0].insert);
  app.show(
    new Chooser<string>({
      title: "Complete",
      hint: "",
      shape: "menu",
      query: undefined,
      find: () => found.map(({ label, detail, insert }) => ({ label, detail, value: insert })),
      onChosen: (insert) => editor.replaceWord(from, insert),
      // Typing on narrows it.
      onPassed: (key) => {
        app.show(undefined);
        app.handle(key);
        if (key.kind === "text" && key.text !== " ") complete(app);
      },
    }),
  );
}
