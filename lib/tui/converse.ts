/** Puts together what shows the conversations, and takes it apart when the person leaves. */

import type { Clock } from "../base/clock.ts";
import type { Scope } from "../base/scope.ts";
import { act } from "./actions/actions.ts";
import { App, type Look } from "./conversations/app.ts";
import type { Canvas } from "./painting/canvas.ts";
import { DraftKeeper } from "./conversations/draft_keeper.ts";
import { editElsewhere } from "../terminal/programs/external_editor.ts";
import { openElsewhere } from "../terminal/programs/open_elsewhere.ts";
import { Inbox } from "./conversations/inbox.ts";
import { click } from "./actions/mouse.ts";
import { editLast, handleCursorKey } from "./actions/message_actions.ts";
import { Notifier } from "./conversations/notifier.ts";
import { LiveSettings } from "./settings/live_settings.ts";
import { openPictures } from "./painting/pictures.ts";
import { askAboutPaste } from "./panels/pasting.ts";
import { type ReadSettings, type Settings, themeOf } from "./settings/settings.ts";
import { openPage } from "./actions/answer_pages.ts";
import type { Talk } from "../app/conversations/talk.ts";

/** What conversations are shown with. */
export interface ConverseOptions extends ReadSettings {
  readonly canvas: Canvas;
  readonly talk: Talk;
  readonly clock: Clock;
  readonly runtimeFolder: string;
  readConfig(): Promise<string>;
  writeConfig(text: string): Promise<void>;
  /** What in the whole text cannot be meant, in a sentence. */
  configProblems(text: string): readonly string[];
  /** What is to be said on every screen; empty: nothing. */
  readonly notice: string;
  env(name: string): string | undefined;
  /** Ends everything when one of its tasks fails. */
  readonly scope: Scope;
  onOpen(app: App): void;
}

/** Runs until the person leaves; rejects with what `talk.run` rejects with, and with what ended the screen. */
export async function converse(options: ConverseOptions): Promise<void> {
  const { canvas, talk, clock, scope, settings, env } = options;
  const notifierFor = ({ notify, notifyNames, quiet }: Settings) =>
    new Notifier({ clock, choice: notify, names: notifyNames, quiet });
  let notifier = notifierFor(settings);
  const lookOf = (set: Settings): Look => ({
    theme: themeOf(set, env, canvas.ground),
    showsList: set.list,
    hasMouse: set.mouse,
    copies: set.copy,
    drawsPictures: set.pictures,
  });
  await using inbox = new Inbox({
    talk,
    onChanged: () => canvas.soon(),
    onPage: (news) => openPage(app, news),
    highlights: settings.highlights,
    onCall: (call) => {
      const bytes = notifier.notify(call, canvas.capabilities?.name ?? "");
      // A terminal that is gone is noticed by the painter.
      canvas.tty.output.write(bytes).catch(() => undefined);
    },
    signal: scope.signal,
  });
  await using pictures = openPictures({
    ...{ canvas, client: talk.client, isOn: settings.pictures },
    start: (doing) => inbox.start(doing),
  });
  const typed = { text: "" };
  const app: App = new App({
    pictures,
    canvas,
    talk,
    inbox,
    look: lookOf(settings),
    settings: new LiveSettings({
      settings,
      read: options.readConfig,
      write: options.writeConfig,
      problemsIn: options.configProblems,
      apply: (set, before) => {
        notifier = notifierFor(set);
        inbox.listenFor(set.highlights);
        app.apply(lookOf(set), lookOf(before));
      },
    }),
    hasColours: (env("NO_COLOR") ?? "") === "",
    notice: options.notice,
    keys: options.keys,
    act,
    click,
    pickedKey: handleCursorKey,
    editLast,
    openElsewhere: (target) => openElsewhere(target, { os: Deno.build.os, env }),
    paste: askAboutPaste,
    onTyped: () => {
      drafts.changed();
      const { open } = app.model;
      const { text } = app.composer.editorOf(open);
      // A command is nothing that is said, and what was only looked at was not typed.
      if (text !== typed.text && text !== "" && !text.startsWith("/")) talk.typing?.(open);
      typed.text = text;
    },
    edit: (text) => editElsewhere(text, { env, folder: options.runtimeFolder }),
  });
  const drafts: DraftKeeper = new DraftKeeper(app.composer, talk);
  await drafts.recall();
  options.onOpen(app);
  for (const line of problemLines(options.problems)) inbox.addLine(line, undefined);
  scope.signal.addEventListener("abort", () => talk.leave(), { once: true });
  scope.run("inbox", (signal) => inbox.run(signal));
  scope.run("drafts", (signal) => drafts.run(signal));
  try {
    await talk.run((news) => inbox.take(news), inbox);
  } finally {
    await drafts.keep();
  }
  // What ended the screen is the reason, not that the talk was left.
  if (scope.signal.aborted) await scope.wait();
}

/** What is wrong with the file of settings, and below it the cure. */
function problemLines(problems: readonly string[]): readonly string[] {
  if (problems.length === 0) return [];
  // A small page has no room for all of them.
  const all = problems.length > 1 ? `; config show lists all ${problems.length}` : "";
  return [...problems.map((problem) => `* ${problem}`), `* Fix it: heliograph config edit${all}`];
}
