/** Asks before a long paste becomes a message, and offers to send it as a file instead. */

import { utf8 } from "../../base/bytes.ts";
import { fitsMessage } from "../../app/conversations/talk.ts";
import { formatBytes } from "../../base/byte_words.ts";
import { MAX_TEXT_UNITS } from "../../terminal/lines/line_buffer.ts";
import { tooLongWords } from "../../terminal/lines/line_editor.ts";
import type { App } from "../conversations/app.ts";
import { type Choice, Chooser } from "./chooser.ts";

/** From this many lines on nobody means to say it by one press of a key. */
const MANY_LINES = 50;

type What = "text" | "file" | "nothing";

/** Whether the person is asked what to do with what was pasted; then nothing else is to be done with it. */
export function askAboutPaste(
  app: App,
  { text, cut }: { readonly text: string; readonly cut: boolean },
): boolean {
  const { open } = app.model;
  const editor = app.composer.editorOf(open);
  // A line that ends is one, and not the beginning of another.
  const lines = text.replace(/(?:\r\n|[\r\n])$/, "").split(/\r\n|[\r\n]/).length;
  const sizeBytes = utf8(text).length;
  const isTooLong = cut || editor.text.length + text.length > MAX_TEXT_UNITS ||
    !fitsMessage(text);
  if (!isTooLong && lines < MANY_LINES) return false;
  const canBeFile = open !== undefined && !cut;
  if (isTooLong && !canBeFile) {
    app.inbox.addLine(`* Not pasted: ${tooLongWords(editor.text.length + text.length)}`, open);
    return true;
  }
  const choices: readonly Choice<What>[] = [
    ...isTooLong ? [] : [{
      label: "paste it into the text",
      detail: "one message, once you press enter",
      value: "text" as const,
    }],
    ...canBeFile
      ? [{
        label: "send as a file",
        detail: "f · your text stays",
        value: "file" as const,
        key: "f",
      }]
      : [],
    { label: "discard it", detail: "d · nothing is sent", value: "nothing", key: "d" },
  ];
  const why = isTooLong ? "too long for a message" : "pasted";
  app.show(
    new Chooser<What>({
      title: `${lines.toLocaleString("en")} lines, ${formatBytes(sizeBytes)}, ${why}`,
      hint: "up, down, enter · escape drops it",
      shape: "menu",
      // Whatever else is typed is no answer, and the text is not lost by it.
      query: undefined,
      find: () => choices,
      onChosen: (what) => {
        if (what === "text") editor.handle({ kind: "paste", text, cut: false, sequence: "" });
        if (what === "file") app.inbox.start(app.talk.sendAsFile(text, open));
      },
    }),
  );
  return true;
}
