/** A list to choose from: how a word goes on. */

import type { App } from "../conversations/app.ts";
import { Chooser } from "./chooser.ts";
import { suggestFor } from "./completions.ts";

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
