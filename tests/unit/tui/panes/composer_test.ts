import { deepEqual, equal } from "node:assert/strict";
import { InputParser } from "../../../../lib/terminal/input/input.ts";
import { Composer, layOutText } from "../../../../lib/tui/panes/composer.ts";
import type { Key } from "../../../../lib/terminal/input/key.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { BOB, CAROL } from "../../../kit/scenes.ts";

function keysOf(bytes: string): Key[] {
  const keys: Key[] = [];
  const parser = new InputParser({ key: (key) => keys.push(key), reply: () => {} });
  parser.feed(utf8(bytes));
  parser.flush();
  return keys;
}

function type(composer: Composer, bytes: string, place = BOB, widthCells = 20): string[] {
  return keysOf(bytes).map((key) => composer.handle(place, key, widthCells).kind);
}

Deno.test("composer keeps a draft for each conversation", () => {
  const composer = new Composer();
  type(composer, "for bob");
  type(composer, "for carol", CAROL);
  equal(composer.editorOf(BOB).text, "for bob");
  equal(composer.editorOf(CAROL).text, "for carol");
});

Deno.test("composer breaks a long text into rows and follows the cursor", () => {
  const view = layOutText([..."one two three"], 13, 6);
  deepEqual(view.rows, ["one t", "wo th", "ree"]);
  deepEqual(view.cursor, { column: 3, row: 2 });
  deepEqual(layOutText([..."a\nb"], 1, 6), { rows: ["a", "b"], cursor: { column: 1, row: 0 } });
  deepEqual(layOutText([], 0, 2), { rows: [""], cursor: { column: 0, row: 0 } });
});

Deno.test("composer goes through rows with up and down, then through what was entered before", () => {
  const composer = new Composer();
  type(composer, "before\r");
  type(composer, "one\x1b\rtwo\x1b\rthree");
  deepEqual(composer.view(BOB, 20).cursor, { column: 5, row: 2 });
  type(composer, "\x1b[A");
  deepEqual(composer.view(BOB, 20).cursor, { column: 3, row: 1 });
  type(composer, "\x1b[A\x1b[A");
  equal(composer.editorOf(BOB).text, "before");
  type(composer, "\x1b[B");
  equal(composer.editorOf(BOB).text, "one\ntwo\nthree");
});

Deno.test("composer keeps a pasted text together and sends nothing of it by itself", () => {
  const composer = new Composer();
  deepEqual(type(composer, "\x1b[200~one\r\ntwo\x1b[201~"), ["changed"]);
  deepEqual(composer.view(BOB, 20).rows, ["one", "two"]);
});

Deno.test("composer lays out 64 KiB quickly enough to type in", () => {
  const graphemes = [..."word ".repeat(13_000)];
  equal(layOutText(graphemes, graphemes.length, 60).rows.length, Math.ceil(65_000 / 59));
});

Deno.test("composer passes on keys that it has no use for", () => {
  deepEqual(type(new Composer(), "\x1bOP\x1b[5~"), ["passed", "passed"]);
});

Deno.test("composer keeps what was being typed while something else is edited, and gives it back", () => {
  const composer = new Composer();
  const about = safeText("you: helo");
  type(composer, "half a sentence");
  composer.aimAt(BOB, { kind: "edit", id: "1", about, text: "helo" });
  equal(composer.editorOf(BOB).text, "helo");
  type(composer, "!");
  // What is kept over the end of the program is the draft, not the edit.
  deepEqual([...composer.texts()], [[BOB, "half a sentence"]]);
  // Another one takes its place.
  composer.aimAt(BOB, { kind: "reply", id: "2", about, text: "" });
  equal(composer.aimOf(BOB)?.kind, "reply");
  equal(composer.editorOf(BOB).text, "half a sentence");
  composer.dropAim(BOB);
  equal(composer.aimOf(BOB), undefined);
  equal(composer.editorOf(BOB).text, "half a sentence");
  equal(composer.aimOf(CAROL), undefined);
});

Deno.test("composer walks from an edit that nothing was done to on to what was entered before", () => {
  const composer = new Composer();
  type(composer, "/who\r");
  composer.aimAt(BOB, { kind: "edit", id: "1", about: safeText("you: hi"), text: "one\ntwo" });
  // Through its rows first.
  type(composer, "\x1b[A");
  equal(composer.aimOf(BOB)?.kind, "edit");
  type(composer, "\x1b[A");
  equal(composer.aimOf(BOB), undefined);
  equal(composer.editorOf(BOB).text, "/who");
  composer.aimAt(BOB, { kind: "edit", id: "1", about: safeText("you: hi"), text: "one" });
  type(composer, "!\x1b[A");
  equal(composer.aimOf(BOB)?.kind, "edit");
  equal(composer.editorOf(BOB).text, "one!", "one that was begun is not lost");
});
