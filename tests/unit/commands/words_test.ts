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

Deno.test("single quotes around a word keep it together; an apostrophe anywhere else is itself", () => {
  const words = (line: string) => {
    const found: string[] = [];
    for (let at = 0;;) {
      const word = nextWord(line, at);
      if (word.kind !== "word") return found;
      found.push(word.text);
      at = word.end;
    }
  };
  deepEqual(words("init 0.0.0.0 8090 'Oscar Wilde'"), ["init", "0.0.0.0", "8090", "Oscar Wilde"]);
  deepEqual(words("file 'Julia B' 'my own.txt'"), ["file", "Julia B", "my own.txt"]);
  deepEqual(words("I don't, O'Brien"), ["I", "don't,", "O'Brien"]);
  deepEqual(words("'tis so"), ["'tis", "so"]);
  deepEqual(words("'O'Brien Jr' x"), ["O'Brien Jr", "x"]);
  deepEqual(words("'a\\b\" c' ''"), ['a\\b" c', ""]);
  deepEqual(words("\"O'Brien\" '"), ["O'Brien", "'"]);
  equal(quoteWord("'tis' so'"), "\"'tis' so'\"");
  equal(quoteWord("'tis"), '"\'tis"');
  equal(quoteWord("O'Brien"), "O'Brien");
});
