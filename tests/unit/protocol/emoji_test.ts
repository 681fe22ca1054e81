import assert from "node:assert/strict";
import { gemoji } from "gemoji";
import { isEmoji, MAX_EMOJI_UNITS, parseEmoji } from "../../../lib/protocol/peer/chat.ts";

Deno.test("every emoji that has a name is one, and travels as it is", () => {
  for (const { emoji } of gemoji) assert.equal(parseEmoji(emoji), emoji);
});

Deno.test("what is mostly typed without its selector gets it", () => {
  for (const [typed, sent] of [["❤", "❤️"], ["☺", "☺️"], ["1⃣", "1️⃣"], [" 👍 ", "👍"]]) {
    assert.equal(parseEmoji(typed), sent);
  }
});

for (
  const text of [
    "",
    " ",
    "a",
    "1",
    "#",
    "👍👍",
    "👍 👎",
    "hi",
    "🇩",
    "🏻",
    "👍\u202e",
    "\u200d",
    "👍\u200d",
    ":)",
    "👍a",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is not one emoji`, () => {
    assert.equal(isEmoji(text), false);
    assert.equal(parseEmoji(text), undefined);
  });
}

Deno.test("an emoji has its limit, also where it could go on for ever", () => {
  const family = (people: number) => Array.from({ length: people }, () => "👩").join("\u200d");
  const [fits, long] = [family(11), family(12)];
  assert.deepEqual([fits.length, long.length], [32, 35]);
  assert.equal(MAX_EMOJI_UNITS, 32);
  assert.equal(isEmoji(fits), true);
  assert.equal(isEmoji(long), false);
});
