/** What the keys of the key map do. */

import type { App } from "../conversations/app.ts";
import { answerFirst, openAsks } from "../panels/ask_panel.ts";
import { copySaid } from "../panels/copying.ts";
import { helpPage } from "../panels/help_page.ts";
import { jump } from "../panels/jump.ts";
import type { BoundKey, KeyAction } from "../keys/keys.ts";
import { moveCursor } from "../conversations/message_moves.ts";
import { search } from "../panels/search_panel.ts";
import { tooLongWords } from "../../terminal/lines/line_editor.ts";
import { timelineOf } from "../panes/timeline_pane.ts";
import {
  openNeighbour,
  openNextUnread,
  openNth,
  scrollTo,
} from "../../app/conversations/moving.ts";
import { goTo } from "../panels/switching.ts";
import { openVerification } from "../panels/verify_page.ts";
import { Chooser } from "../panels/chooser.ts";
import { suggestFor } from "../panels/completions.ts";

/** Does it. */
export function act(
  app: App,
  { action, nth }: Pick<BoundKey, "action" | "nth">,
): void | Promise<void> {
  return ACTIONS[action](app, nth);
}

const ACTIONS: Readonly<Record<KeyAction, (app: App, nth: number) => void | Promise<void>>> = {
  "help": (app) =>
    app.show(helpPage(app.talk.facts.commands, app.keys, (panel) => app.show(panel))),
  "go": goTo,
  "search": search,
  "message-up": (app) => moveCursor(app, -1),
  "message-down": (app) => moveCursor(app, 1),
  "jump": jump,
  "next-unread": (app) => app.change(openNextUnread),
  "nth": (app, nth) => app.change((model) => openNth(model, nth)),
  "fold": (app) => app.inbox.fold(),
  "previous": (app) => app.change((model) => openNeighbour(model, -1)),
  "next": (app) => app.change((model) => openNeighbour(model, 1)),
  "verify": (app) => app.inbox.start(openVerification(app)),
  "page-up": (app) => scrollBy(app, -pageRows(app)),
  "page-down": (app) => scrollBy(app, pageRows(app)),
  "oldest": (app) => scrollBy(app, -Infinity),
  "newest": (app) => app.change((model) => scrollTo(model, undefined)),
  "answer": openAsks,
  "accept": (app) => answerFirst(app, true),
  "decline": (app) => answerFirst(app, false),
  "copy": copySaid,
  "list": (app) => {
    app.showsList = !app.showsList;
  },
  "mouse": (app) => {
    app.hasMouse = !app.hasMouse;
    app.inbox.start(app.canvas.tty.setMode("mouse", app.hasMouse));
    const words = app.hasMouse ? "mouse: heliograph" : "mouse: terminal";
    app.inbox.addLine(`* ${words}: alt-m changes that`, app.model.open);
  },
  "editor": writeElsewhere,
  "complete": complete,
  "video-keys": (app) => app.video?.toggleKeys(),
  "video-size": (app) => app.video?.toggleSize(),
  "repaint": (app) => app.canvas.repaint(),
};

/** Gives the terminal to the person's own editor, and takes back what was written. */
async function writeElsewhere(app: App): Promise<void> {
  const { open } = app.model;
  const editor = app.composer.editorOf(open);
  const outcome = await app.canvas.lend(() => app.edit(editor.text));
  if (outcome.ok) {
    const isWhole = editor.setText(outcome.text);
    const why = tooLongWords(outcome.text.length);
    if (!isWhole) app.inbox.addLine(`* Cut off at the end: ${why}`, open);
  } else app.inbox.addLine(`* ${outcome.problem}`, open);
}

/** Scrolls the open conversation, up when negative. */
export function scrollBy(app: App, rows: number): void {
  const area = app.canvas.painted?.layout.timeline;
  if (area === undefined) return;
  // Further than the page is long there is nothing to walk over.
  const most = 1_000_000;
  const by = Math.max(-most, Math.min(most, rows));
  app.change((model) => {
    const timeline = timelineOf({ ...app.scene, model }, area);
    return scrollTo(model, timeline.scrolled(by, area.heightCells));
  });
}

/** A row less, so that the eye finds its place. */
function pageRows(app: App): number {
  return Math.max(1, (app.canvas.painted?.layout.timeline.heightCells ?? 2) - 1);
}

/** Completes the word before the cursor: at once, or from a menu where there are several ways. */
function complete(app: App): void {
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
