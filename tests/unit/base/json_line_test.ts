import { deepEqual, equal } from "node:assert/strict";
import { jsonLine, parseJson } from "../../../lib/base/json_line.ts";
import { safeText } from "../../../lib/base/safe_text.ts";

const HOSTILE = "\x00\x1b[31m\x7f\x9b\u2028\u202e\u2066\u061c\u{e0041}🧛‍♂️\u200c\ud800\ufeff\n\t" +
  "a" + "\u0301".repeat(12);

Deno.test("SR-69: jsonLine escapes what a terminal must not see", () => {
  equal(jsonLine({ a: "\x7f\x9b\u202e" }), String.raw`{"a":"\u007f\u009b\u202e"}`);
  equal(jsonLine({ a: "\u{e0041}" }), String.raw`{"a":"\udb40\udc41"}`);
  equal(jsonLine({ "\x9b": 1 }), String.raw`{"\u009b":1}`);
});

Deno.test("SR-69: jsonLine holds nothing that safeText would drop", () => {
  const line = jsonLine({ text: HOSTILE });
  equal(safeText(line), line);
  equal(line.includes("\n"), false);
});

Deno.test("jsonLine loses nothing", () => {
  deepEqual(JSON.parse(jsonLine({ text: HOSTILE, v: 1 })), { text: HOSTILE, v: 1 });
});

Deno.test("what is no JSON says nothing, and null says null", () => {
  deepEqual(parseJson('{"a":[1]}'), { a: [1] });
  equal(parseJson("null"), null);
  equal(parseJson("{"), undefined);
});
