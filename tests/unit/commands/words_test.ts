import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { nextWord, quoteWord } from "../../../lib/commands/words.ts";

Deno.test("quoteWord makes one word of anything, which reads back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const word = nextWord(quoteWord(text), 0);
      deepEqual(word.kind === "word" && word.text, text);
    }),
  );
});

Deno.test("quoteWord leaves plain words alone", () => {
  equal(quoteWord("bob"), "bob");
  equal(quoteWord("C:\\dir"), "C:\\dir");
  equal(quoteWord("obi wan"), '"obi wan"');
  equal(quoteWord("--to"), '"--to"');
});
