import { equal } from "node:assert/strict";
import { suggest } from "../../../lib/commands/suggest.ts";

const KNOWN = ["send", "status", "stream", "watch", "who"];

for (
  const [word, expected] of [
    ["sned", "send"],
    ["SEND", "send"],
    ["strem", "stream"],
    ["wach", "watch"],
    ["wh", "who"],
    ["xyz", undefined],
    ["s", undefined],
    ["", undefined],
    ["x".repeat(10_000), undefined],
  ] as const
) {
  Deno.test(`suggest for ${word.slice(0, 10) || "nothing"} is ${expected}`, () => {
    equal(suggest(word, KNOWN), expected);
  });
}
