import assert from "node:assert/strict";
import { completeConsoleLine } from "../../../../lib/admin/console/console_terminal.ts";
import { lineOfWords } from "../../../../lib/admin/console/console_line.ts";
import { durationWords, lengthWords } from "../../../../lib/admin/rows/figures.ts";

const NAMES = ["anakin", "Qui Gon", "yoda"];

Deno.test("tab completes commands, with a slash and without", () => {
  assert.deepEqual(completeConsoleLine("kick", NAMES), {
    from: 0,
    candidates: ["kicklist ", "kick "],
  });
  assert.deepEqual(completeConsoleLine("/unm", NAMES), { from: 1, candidates: ["unmute-user "] });
  assert.deepEqual(completeConsoleLine("help un", NAMES).candidates, [
    "unlock ",
    "unkick ",
    "unmute-user ",
  ]);
});

Deno.test("tab completes names where a command takes one, and choices", () => {
  assert.deepEqual(completeConsoleLine("kick y", NAMES), { from: 5, candidates: ["yoda "] });
  assert.deepEqual(completeConsoleLine("kickuser q", NAMES).candidates, ['"Qui Gon" ']);
  assert.deepEqual(completeConsoleLine("log w", NAMES).candidates, ["warning "]);
  for (const line of ["kick yoda 1", "db y", "xyzzy y", "broadcast y", "rooms "]) {
    assert.deepEqual(completeConsoleLine(line, NAMES).candidates, [], line);
  }
});

Deno.test("words of a shell become the line that a person would have typed", () => {
  assert.equal(lineOfWords(["kick", "Qui Gon", "1d", "too  much"]), 'kick "Qui Gon" 1d too  much');
  assert.equal(lineOfWords(["broadcast", "back in", "five"]), "broadcast back in five");
  assert.equal(lineOfWords(["user", "kick", "yoda"]), "user kick yoda");
  assert.equal(lineOfWords(["xyzzy", "a b"]), 'xyzzy "a b"');
  assert.equal(lineOfWords(["kick yoda 1d"]), "kick yoda 1d");
});

Deno.test("figures are short, and right at their edges", () => {
  const second = 1000;
  assert.deepEqual(
    [-1, 59 * second, 60 * second, 3600 * second, 25 * 3600 * second].map(durationWords),
    ["0 s", "59 s", "1 min", "1 h 0 min", "1 d 1 h"],
  );
  // A short clip is not cut down to nothing.
  assert.deepEqual(
    [100, 2_300, 9_949, 9_950, 59_600, 74_400].map(lengthWords),
    ["0:00.1", "0:02.3", "0:09.9", "0:10", "1:00", "1:14"],
  );
});
