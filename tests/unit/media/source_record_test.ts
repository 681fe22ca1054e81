import { deepStrictEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { decodeProbe, encodeProbe } from "../../../lib/media/library/source_facts.ts";

Deno.test("probe result survives its file, whether the video can be watched or not", () => {
  const facts = { widthPx: 1280, heightPx: 720, durationMs: 14_000, ratePerSecond: 29.97 };
  deepStrictEqual(decodeProbe(encodeProbe({ ok: true, facts })), { ok: true, facts });
  const guessed = { ...facts, matrix: "bt709" } as const;
  deepStrictEqual(decodeProbe(encodeProbe({ ok: true, facts: guessed })), {
    ok: true,
    facts: guessed,
  });
  const bright = { ...facts, transfer: "hlg" } as const;
  deepStrictEqual(decodeProbe(encodeProbe({ ok: true, facts: bright })), {
    ok: true,
    facts: bright,
  });
  const bare = { widthPx: 1, heightPx: 1, durationMs: undefined, ratePerSecond: undefined };
  deepStrictEqual(decodeProbe(encodeProbe({ ok: true, facts: bare })), { ok: true, facts: bare });
  const refused = { ok: false, problem: "playlist" } as const;
  deepStrictEqual(decodeProbe(encodeProbe(refused)), refused);
});

Deno.test("probe file that is cut, extended or noise is not read", () => {
  const facts = { widthPx: 64, heightPx: 36, durationMs: 1, ratePerSecond: 1 };
  const bytes = encodeProbe({ ok: true, facts });
  for (let length = 0; length < bytes.length; length++) {
    equal(decodeProbe(bytes.slice(0, length)), undefined);
  }
  equal(decodeProbe(new Uint8Array([...bytes, 0])), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
    equal(decodeProbe(new Uint8Array(noise)), undefined);
  }));
});
