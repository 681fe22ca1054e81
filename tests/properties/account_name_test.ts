import { equal } from "node:assert/strict";
import fc from "fast-check";
import { parseAccountId, parseAccountName, skeleton } from "../../lib/base/account_name.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 200_000 : 2_000;
/** Text of any code point, and text of a few letters that fold, compose or look alike. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(..."aAßẞIıİſΣςσK\u0301\u0345\u1e9b\u03b0ǅﬁ№\u3000 ʼŉ㌕ﷺ"),
    maxLength: 12,
  }),
);

Deno.test("SR-46: the id of every accepted name is stable, is its own name, and comes back from the wire", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parsed = parseAccountName(text);
      if (!parsed.ok) return;
      const again = parseAccountName(parsed.id);
      equal(again.ok && again.id, parsed.id);
      equal(parseAccountId(parsed.id), parsed.id);
      equal(parsed.name.normalize("NFC"), parsed.name);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("SR-46: names that differ in case or in composition only are the same account and look alike", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parsed = parseAccountName(text);
      if (!parsed.ok) return;
      for (const other of [text.normalize("NFD"), text.normalize("NFC")]) {
        const twin = parseAccountName(other);
        equal(twin.ok && twin.id, parsed.id);
        equal(skeleton(other), skeleton(text));
      }
    }),
    { numRuns: RUNS },
  );
});
