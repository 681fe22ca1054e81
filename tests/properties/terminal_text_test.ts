import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { jsonLine } from "../../lib/base/json_line.ts";
import { safeText } from "../../lib/base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../lib/terminal/cells/text_width.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 20_000 : 300;

/** Any code units at all, with more than their share of the troublesome ones. */
const foreign = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom("🧛", "\u200d", "\ufe0f", "♂", "🏽", "\u0301", "\x1b", "\x9b", "\n", "🇩", "क्"),
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));

Deno.test("SR-68: safeText of anything has no forbidden code point, and doing it twice changes nothing", () => {
  fc.assert(
    fc.property(foreign, (text) => {
      const once = safeText(text);
      equal(safeText(once), once);
      equal(
        // deno-lint-ignore no-control-regex
        /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/u
          .test(once),
        false,
      );
    }),
    { numRuns },
  );
});

Deno.test("SR-69: jsonLine of anything parses back and is safe", () => {
  fc.assert(
    fc.property(foreign, fc.jsonValue(), (text, json) => {
      const value = { text, json };
      const line = jsonLine(value);
      equal(safeText(line), line);
      deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns },
  );
});

Deno.test("truncateToWidth never takes more cells than it was given", () => {
  fc.assert(
    fc.property(foreign, fc.nat(40), (text, cells) => {
      equal(textWidthCells(truncateToWidth(safeText(text), cells)) <= cells, true);
    }),
    { numRuns },
  );
});
