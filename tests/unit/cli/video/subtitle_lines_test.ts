import { deepEqual } from "node:assert/strict";
import { subtitleLines } from "../../../../lib/cli/video/terminal_viewer.ts";

Deno.test("subtitles keep their lines where they fit, and are filled anew where one does not", () => {
  deepEqual(subtitleLines("one\ntwo", 10), ["one", "two"]);
  deepEqual(subtitleLines("one two three", 10), ["one two", "three"]);
  deepEqual(subtitleLines("", 10), [""]);
});

Deno.test("subtitles that are too long are cut, and steer no terminal", () => {
  deepEqual(subtitleLines("a b c d e f g h i j", 4), ["a b", "c d…"]);
  deepEqual(subtitleLines("\x1b[2Jx", 10), ["[2Jx"]);
});
