/** Copies what was said into the terminal's clipboard (OSC 52, xterm's control sequences). */

import { type Bytes, encodeBase64, utf8 } from "../../base/bytes.ts";
import type { App } from "../conversations/app.ts";
import { Chooser } from "./chooser.ts";
import { momentWords } from "../drawing/item_lines.ts";
import { groupsOf } from "../timeline/message_groups.ts";
import { timeOf, wordsOf } from "../timeline/item_words.ts";
import { pageOf } from "../../app/conversations/model.ts";

/** xterm and others take no longer strings than about 100,000 characters. */
const MAX_COPY_BYTES = 74_000;

/** Chooses from what is loaded of the open conversation, the newest first. */
export function copySaid(app: App): void {
  if (!app.copies) return sayOff(app);
  const said = groupsOf(pageOf(app.model, app.model.open)).map(({ item }) => item).toReversed();
  app.show(
    new Chooser<string>({
      title: "Copy",
      hint: "type some letters · enter copies · escape closes",
      shape: "page",
      query: "",
      find: (query) => {
        const wanted = query.trim().toLowerCase();
        return said.map((item) => ({ item, ...wordsOf(item, app.talk.facts.names) }))
          .filter(({ text }) => text.toLowerCase().includes(wanted))
          .map(({ item, from = "", text }) => ({
            label: `${momentWords(timeOf(item))} ${from}`,
            detail: text,
            value: text,
          }));
      },
      onChosen: (text) => copyText(app, text),
    }),
  );
}

/** Puts a text that the person chose into the terminal's clipboard, and says so. */
export function copyText(app: App, text: string): void {
  if (!app.copies) return sayOff(app);
  const bytes = copySequence(text);
  const words = bytes === undefined
    ? "* this is too long for a terminal's clipboard"
    : "* copied, if your terminal lets programs do that (OSC 52)";
  app.say(words);
  if (bytes !== undefined) app.inbox.start(app.canvas.tty.output.write(bytes));
}

function sayOff(app: App): void {
  app.say("* copying is off: copy = true in config.toml turns it on");
}

/** What puts a text into the clipboard; undefined for one that is too long. */
export function copySequence(text: string): Bytes | undefined {
  const bytes = utf8(text);
  if (bytes.length > MAX_COPY_BYTES) return undefined;
  return utf8(`\x1b]52;c;${encodeBase64(bytes)}\x1b\\`);
}
