/** What can be done with the message that has the cursor. Every change is a command of the table, as it would be typed. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { emojiNamed } from "../../commands/emoticons.ts";
import { type Item, pageOf } from "../../app/conversations/model.ts";
import type { App } from "../conversations/app.ts";
import { Chooser } from "../panels/chooser.ts";
import { copyText } from "../panels/copying.ts";
import { isText, quoteOf, wordsOf } from "../timeline/item_words.ts";
import { isLong } from "../timeline/message_rows.ts";
import { openLinked, openReceived } from "./opening.ts";
import { jump } from "../panels/jump.ts";
import { leaveCursor, moveCursor, putCursor, toNextFound } from "../conversations/message_moves.ts";
import { search } from "../panels/search_panel.ts";
import { rowOptionsOf } from "../panes/timeline_pane.ts";
import { cardView, transferOf } from "../../app/conversations/card_view.ts";
import type { Card } from "../../app/conversations/cards.ts";
import { actionOf, cardAt, commandOf, isCancelKey, receivedAt } from "../timeline/card_keys.ts";

type EntryItem = Extract<Item, { kind: "entry" }>;

/** What a key does with a message; false: it is no key of the cursor's. */
type Action = (app: App, item: Item) => void;

const KEYS: Readonly<Record<string, Action>> = {
  "up": (app) => moveCursor(app, -1),
  "k": (app) => moveCursor(app, -1),
  "down": (app) => moveCursor(app, 1),
  "j": (app) => moveCursor(app, 1),
  "escape": leaveCursor,
  "r": replyTo,
  "e": editText,
  "d": deleteText,
  "+": reactTo,
  "y": copyItem,
  "o": openLinked,
  "enter": fold,
  "/": search,
  "g": jump,
  "n": (app) => toNextFound(app, 1),
  "N": (app) => toNextFound(app, -1),
};

/** Does what a key means for the message with the cursor; false where there is none, or the key is none of its. */
export function handleCursorKey(app: App, key: Key): boolean {
  const item = app.cursor.itemIn(app.model);
  if (item === undefined) return false;
  const name = key.kind === "text" ? key.text : keyName(key) ?? "";
  const { sure } = app.cursor;
  const isAgain = name === "d" && sure === "delete";
  app.cursor.note = "";
  if (name === "enter" && app.pictures.open(app.model, item)) return true;
  if (handleCardKey(app, item, name)) return true;
  app.cursor.sure = undefined;
  if (isAgain) {
    runFor(app, "delete", item);
    return true;
  }
  if (Object.hasOwn(KEYS, name)) {
    KEYS[name](app, item);
    return true;
  }
  // Whoever goes on typing means the line.
  if (key.kind === "text" || key.kind === "paste") leaveCursor(app);
  return false;
}

/** Edits the last own text of the open conversation; false where there is none. */
export function editLast(app: App): boolean {
  const { open } = app.model;
  const last = pageOf(app.model, open).items.findLast((item) => isText(item) && item.entry.own);
  if (last === undefined) return false;
  editText(app, last);
  return true;
}

function replyTo(app: App, item: Item): void {
  if (!isText(item)) return sayNoText(app);
  const { open } = app.model;
  app.composer.aimAt(open, { kind: "reply", ...aimFacts(app, item) });
  leaveCursor(app);
}

function editText(app: App, item: Item): void {
  if (!isText(item)) return sayNoText(app);
  if (!item.entry.own) return app.say("* only its author can edit a message");
  app.composer.aimAt(app.model.open, { kind: "edit", ...aimFacts(app, item) });
  leaveCursor(app);
}

function sayNoText(app: App): void {
  app.say("* this message cannot be changed or answered");
}

function aimFacts(app: App, { entry }: EntryItem) {
  const about = quoteOf({ target: entry }, app.talk.facts.names);
  return { id: entry.id, about, text: entry.text };
}

function deleteText(app: App, item: Item): void {
  if (isText(item)) app.cursor.sure = "delete";
  else sayNoText(app);
}

/** The own emoji to it first, to take them back; then those that are said most; then whatever is typed. */
function reactTo(app: App, item: Item): void {
  if (!isText(item)) return sayNoText(app);
  const { ownAccount } = app.model;
  const own = item.facts.reactions.flatMap(({ account, emojis }) =>
    account === ownAccount ? emojis : []
  );
  app.show(
    new Chooser<string>({
      title: "React",
      hint: "letters of its name · enter adds or removes it · escape closes",
      shape: "menu",
      query: "",
      find: (query) => {
        const wanted = query.trim().replace(/^:|:$/g, "").toLowerCase();
        const named = wanted === "" ? USUAL : usualFirst(emojiNamed(wanted, MAX_EMOJI));
        const first = wanted === ""
          ? own.map((emoji) => ["undo the reaction", emoji] as const)
          : [];
        const others = named.filter(([, emoji]) => wanted !== "" || !own.includes(emoji));
        return [...first, ...others].map(([name, emoji]) => ({
          label: emoji,
          detail: own.includes(emoji) && wanted !== "" ? `${name}: undo the reaction` : name,
          value: emoji,
        }));
      },
      onChosen: (emoji) => {
        runFor(app, "react", item, `${emoji}${own.includes(emoji) ? " --remove" : ""}`);
      },
    }),
  );
}

/** Names of emoji, with them. */
const USUAL: readonly (readonly [string, string])[] = [
  ["+1", "👍"],
  ["heart", "❤️"],
  ["joy", "😂"],
  ["tada", "🎉"],
  ["eyes", "👀"],
  ["thinking", "🤔"],
  ["cry", "😢"],
  ["-1", "👎"],
];
const MAX_EMOJI = 60;

/** `thumb` is 👍 before it is 👎: whoever presses enter at once means what is said most. */
function usualFirst(
  named: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const rank = (emoji: string) => (USUAL.findIndex(([, usual]) => usual === emoji) + 1) || Infinity;
  return named.toSorted(([, one], [, other]) =>
    rank(one) === rank(other) ? 0 : rank(one) - rank(other)
  );
}

function copyItem(app: App, item: Item): void {
  copyText(app, wordsOf(item, app.talk.facts.names).text);
}

function fold(app: App, item: Item): void {
  const area = app.canvas.painted?.layout.timeline;
  if (area === undefined || !isLong(item, rowOptionsOf(app.scene, area))) return;
  app.cursor.toggleFold(item.key);
  putCursor(app, item.key);
}

/** A click takes a message; a second one shows a long one whole, or lets go of it. */
export function clickMessage(app: App, key: string): void {
  const item = app.cursor.itemIn(app.model);
  if (item?.key !== key) return putCursor(app, key);
  const area = app.canvas.painted?.layout.timeline;
  if (app.pictures.open(app.model, item)) return;
  if (area !== undefined && isLong(item, rowOptionsOf(app.scene, area))) fold(app, item);
  else leaveCursor(app);
}

/** A command about a text, which it names by its id. */
function runFor(app: App, command: "delete" | "react", item: Item, words = ""): void {
  if (!isText(item)) return;
  const { open } = app.model;
  const lastLine = () => pageOf(app.model, open).items.findLast(({ kind }) => kind === "line");
  const before = lastLine();
  const doing = app.talk.enter(`/${command} ${item.entry.id} ${words}`.trim(), open);
  app.inbox.start(doing.then(() => {
    // What was wrong with it may stand where it is not to be seen.
    const line = lastLine();
    if (line?.kind === "line" && line !== before) app.cursor.note = line.text;
    app.canvas.now();
  }));
}

// What keys do with the card that has the cursor. Every change is a command of the table, as it would be typed.

/** Does what a key means for the card of an item; false where it is none of its keys. */
function handleCardKey(app: App, item: Item, key: string): boolean {
  const card = cardAt(app.model, item);
  if (card === undefined) return false;
  const view = cardView(card, app.talk.facts.names);
  const action = actionOf(view, key);
  if (action === undefined) return false;
  if (isCancelKey(view, key) && app.cursor.sure !== "cancel") {
    app.cursor.sure = "cancel";
    return true;
  }
  app.cursor.sure = undefined;
  if (action === "open") openFolder(app, card);
  else run(app, commandOf(action, numberOf(card)));
  return true;
}

function openFolder(app: App, card: Card): void {
  const file = receivedAt(card);
  if (file !== undefined) openReceived(app, file, { asFolder: true });
}

function numberOf(card: Card): string {
  return card.kind === "stream" ? `s${card.stream.number}` : `${transferOf(card)?.number ?? ""}`;
}

/** What it answers stands above the line: what it changed is seen on the card. */
function run(app: App, command: string): void {
  const { open } = app.model;
  app.inbox.start(
    app.inbox.answersTo(open, () => app.talk.enter(command, open)).then((lines) => {
      app.cursor.note = lines.at(-1) ?? "";
      app.canvas.now();
    }),
  );
}
