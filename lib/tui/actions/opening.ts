/** Opens what a message has: a link, or the file that it tells of. On a key press only, and nothing that could run (SR-70). */

import { safeText } from "../../base/safe_text.ts";
import { type Link, linksIn } from "../../app/talk/links.ts";
import type { Item } from "../../app/conversations/model.ts";
import type { App } from "../conversations/app.ts";
import { cardAt, receivedAt } from "../timeline/card_keys.ts";
import { Chooser } from "../panels/chooser.ts";
import { receivedFile, wordsOf } from "../timeline/item_words.ts";

/** Files that a desktop shows or plays. Of others the folder is opened: what a contact sent is never started. */
const SHOWN_FILES =
  /\.(?:png|jpe?g|gif|webp|pdf|txt|md|log|csv|json|mp[34]|mkv|webm|mov|ogg|flac|wav)$/i;

/** The link, one of several, or the file. */
export function openLinked(app: App, item: Item): void {
  const file = receivedAt(cardAt(app.model, item)) ?? receivedFile(item);
  if (file !== undefined) return openReceived(app, file);
  const links = linksIn(wordsOf(item, app.talk.facts.names).text);
  if (links.length === 1) return openLink(app, links[0]);
  if (links.length === 0) return app.say("* no link in this message");
  app.show(
    new Chooser<Link>({
      title: "Open",
      hint: "enter opens · escape closes",
      shape: "menu",
      query: undefined,
      find: () => links.map((link) => ({ label: link.target, detail: "", value: link })),
      onChosen: (link) => openLink(app, link),
    }),
  );
}

/** A file that the desktop shows, or its folder. */
export function openReceived(app: App, file: string, { asFolder = false } = {}): void {
  open(app, SHOWN_FILES.test(file) && !asFolder ? file : folderOf(file));
}

function openLink(app: App, { kind, target }: Link): void {
  if (kind === "web") return open(app, target);
  const words = "* this is an invite or the address of a server: heliograph connect opens it";
  app.say(words);
}

function open(app: App, target: string): void {
  const problem = app.openElsewhere(target);
  const words = problem === undefined
    ? `* opened ${target}`
    : `* not opened, ${problem}: ${target}`;
  app.say(safeText(words));
}

function folderOf(file: string): string {
  return file.replace(/[/\\][^/\\]*$/, "") || "/";
}
