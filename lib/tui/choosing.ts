/** Lists to choose from: what was found, how a word goes on. */

import type { PlacedEntry } from "../client/store/history.ts";
import type { App } from "./app.ts";
import { Chooser } from "./chooser.ts";
import { suggestFor } from "./completions.ts";
import { momentWords } from "./item_lines.ts";
import { placeOf } from "../app/conversations/update.ts";

/** More are not looked through by anybody. */
const MAX_FOUND = 200;

/** Searches all that was said, and goes there. */
export function search(app: App): void {
  let found: readonly PlacedEntry[] = [];
  let asked = "";
  const { facts, client } = app.talk;
  const chooser: Chooser<PlacedEntry> = new Chooser<PlacedEntry>({
    title: "Find what was said",
    hint: "type · enter goes there · escape closes",
    shape: "page",
    query: "",
    find: (query) => {
      const wanted = query.trim();
      if (wanted !== asked) {
        asked = wanted;
        app.inbox.start(look(wanted));
      }
      return found.slice(-MAX_FOUND).reverse().map((entry) => ({
        label: `${momentWords(entry.atMs)} ${entry.own ? "you" : facts.names.nameOf(entry.from)}`,
        detail: entry.text,
        value: entry,
      }));
    },
    onChosen: (entry) => app.inbox.goTo(placeOf(entry), entry.place),
  });
  const look = async (wanted: string) => {
    const hits = wanted === "" ? [] : await client.messenger.history.search(wanted);
    // Typed on meanwhile.
    if (wanted !== asked) return;
    found = hits;
    chooser.refresh();
    app.canvas.soon();
  };
  app.show(chooser);
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
