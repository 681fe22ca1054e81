import { deepEqual, equal } from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { InputParser } from "../../../../lib/terminal/input/input.ts";
import type { Completer } from "../../../../lib/commands/completion.ts";
import { type EditorOutcome, LineEditor } from "../../../../lib/terminal/lines/line_editor.ts";
import { LineHistory } from "../../../../lib/terminal/lines/line_history.ts";

/** Types `keys` as a terminal sends them. Returns the outcomes that are more than a change. */
function type(editor: LineEditor, keys: string): EditorOutcome[] {
  const outcomes: EditorOutcome[] = [];
  const parser = new InputParser({
    key: (key) => outcomes.push(editor.handle(key)),
    reply: () => {},
  });
  parser.feed(utf8(keys));
  parser.flush();
  return outcomes.filter(({ kind }) => kind !== "changed" && kind !== "ignored");
}

const LEFT = "\x1b[D";
const UP = "\x1b[A";
const DOWN = "\x1b[B";

/** Keys, and the line after them with `|` for the cursor. */
const EDITS: readonly (readonly [string, string])[] = [
  ["abc", "abc|"],
  [`abc${LEFT}${LEFT}X`, "aX|bc"],
  ["abc\x01X\x05Y", "Xabc|Y".replace("|Y", "Y|")],
  ["abc\x02\x02\x06X", "abX|c"],
  ["abc\x7f", "ab|"],
  ["abc\x01\x7f", "|abc"],
  ["abc\x01\x1b[3~", "|bc"],
  ["abc\x01\x04", "|bc"],
  ["one two\x17", "one |"],
  ["one two\x1bb\x1bbX", "X|one two"],
  ["one two\x01\x1bfX", "oneX| two"],
  ["one two\x1b[1;5D\x1b[1;5DX", "X|one two"],
  ["one two\x01\x1bd", "| two"],
  ["one two\x1b\x7f", "one |"],
  ["one two\x15", "|"],
  ["one two\x1bb\x0b", "one |"],
  ["one two\x1bb\x0b\x01\x19", "two|one "],
  ["one two three\x17\x17\x19", "one two three|"],
  ["one\x17 two\x17\x19\x1by", " one|"],
  ["ab\x14", "ba|"],
  ["abc\x02\x02\x14", "ba|c"],
  ["one\x17\x1f", "one|"],
  ["typed in one go\x1f", "|"],
  ["🧛‍♂️🇩🇪\x7f", "🧛‍♂️|"],
  ["e\u0301\x7f", "|"],
  [`a👍🏽b${LEFT}${LEFT}X`, "aX|👍🏽b"],
  ["漢字\x02X", "漢X|字"],
  ["\x1b[200~two\r\nlines\x1b\x9b\x1b[201~", "two\nlines|"],
  ["one\x1b\rtwo", "one\ntwo|"],
  ["a\tb", "ab|"],
];

for (const [keys, expected] of EDITS) {
  Deno.test(`line editor makes ${JSON.stringify(expected)} of ${JSON.stringify(keys)}`, () => {
    const editor = new LineEditor();
    type(editor, keys);
    equal(editor.text, expected.replace("|", ""));
    type(editor, "|");
    equal(editor.text, expected);
  });
}

Deno.test("line editor accepts on enter and is empty again", () => {
  const editor = new LineEditor();
  deepEqual(type(editor, "hi\r"), [{ kind: "accepted", text: "hi" }]);
  equal(editor.text, "");
  type(editor, "\x1f");
  equal(editor.text, "");
});

Deno.test("line editor tells ctrl-C, ctrl-D on an empty line and ctrl-L", () => {
  deepEqual(type(new LineEditor(), "half\x03\x04\x0c").map(({ kind }) => kind), [
    "interrupted",
    "ended",
    "repaint",
  ]);
});

Deno.test("line editor walks its history and comes back to the draft", () => {
  const editor = new LineEditor({ history: new LineHistory(["first", "second"]) });
  const seen = [];
  type(editor, "draft");
  for (const key of [UP, UP, UP, DOWN, DOWN, DOWN]) {
    type(editor, key);
    seen.push(editor.text);
  }
  deepEqual(seen, ["second", "first", "first", "second", "draft", "draft"]);
});

Deno.test("line editor keeps each line once and no empty ones", () => {
  const editor = new LineEditor();
  type(editor, "a\ra\r \rb\r");
  deepEqual(editor.history.entries, ["a", "b"]);
});

Deno.test("line editor forgets its oldest line after a thousand", () => {
  const history = new LineHistory(Array.from({ length: 1_000 }, (_, i) => `${i}`));
  history.add("new");
  equal(history.entries.length, 1_000);
  equal(history.entries[0], "1");
});

Deno.test("line editor searches backwards, and any other key takes the match", () => {
  const editor = new LineEditor({ history: new LineHistory(["send a", "watch", "send b"]) });
  type(editor, "\x12send");
  equal(editor.view(40).text, "search 'send': send b");
  equal(editor.view(40).cursorCells, 12);
  type(editor, "\x12");
  equal(editor.view(40).text, "search 'send': send a");
  type(editor, "\x05!");
  equal(editor.text, "send a!");
});

Deno.test("line editor runs what was found on enter, and leaves the search on ctrl-C", () => {
  const editor = new LineEditor({ history: new LineHistory(["watch"]) });
  type(editor, "draft");
  deepEqual(type(editor, "\x12wa\x03"), []);
  equal(editor.text, "draft");
  deepEqual(type(editor, "\x12wa\r"), [{ kind: "accepted", text: "watch" }]);
});

const complete: Completer = (before) => {
  const from = before.lastIndexOf(" ") + 1;
  const words = ["/watch", "/who", "/whoami", "Zoë"];
  const typed = before.slice(from).toLowerCase();
  return { from, candidates: words.filter((word) => word.toLowerCase().startsWith(typed)) };
};

Deno.test("line editor completes as far as all candidates agree, then shows them", () => {
  const editor = new LineEditor({ complete });
  type(editor, "x /wh\t");
  equal(editor.text, "x /who");
  deepEqual(type(editor, "\t"), [{ kind: "candidates", candidates: ["/who", "/whoami"] }]);
  type(editor, "a\t");
  equal(editor.text, "x /whoami");
});

Deno.test("line editor replaces what was typed when the only candidate is spelt differently", () => {
  const editor = new LineEditor({ complete });
  type(editor, "hi zo\t!");
  equal(editor.text, "hi Zoë!");
});

Deno.test("line editor takes no more than 65,536 units", () => {
  const editor = new LineEditor();
  editor.setText("x".repeat(65_535));
  type(editor, "ab");
  equal(editor.text.length, 65_535);
  type(editor, "a");
  equal(editor.text.length, 65_536);
});

Deno.test("line editor shows the part around the cursor when the row is too narrow", () => {
  const editor = new LineEditor();
  editor.setText("0123456789");
  deepEqual(editor.view(5), { text: "6789", cursorCells: 4 });
  type(editor, "\x01");
  deepEqual(editor.view(5), { text: "01234", cursorCells: 0 });
  editor.setText("漢字漢字");
  deepEqual(editor.view(4), { text: "字", cursorCells: 2 });
});

Deno.test("SR-68: line editor shows nothing of a paste that could steer the terminal", () => {
  const editor = new LineEditor();
  editor.setText("a\u202eb\u{e0041}c\nd");
  deepEqual(editor.view(20), { text: "abc↵d", cursorCells: 5 });
});

Deno.test("line editor takes a paste of 65,536 units, and says of a longer one that it is not taken", () => {
  const paste = (units: number) => `\x1b[200~${"p".repeat(units)}\x1b[201~`;
  const whole = new LineEditor();
  deepEqual(type(whole, paste(65_536)), []);
  equal(whole.text.length, 65_536);
  const editor = new LineEditor();
  editor.setText("a");
  const words =
    "Not pasted: 65,537 characters are too long for a message (at most 65,536). Save the text and send the file: /send @NAME FILE";
  deepEqual(type(editor, paste(65_536)), [{ kind: "too-long", words }]);
  equal(editor.text, "a", "what was typed before stays");
  equal(editor.setText("p".repeat(65_537)), false);
  equal(editor.setText("p".repeat(65_536)), true);
});
