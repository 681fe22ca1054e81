import { deepEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "../../../lib/base/errors.ts";
import { joinSections, splitSections } from "../../../lib/protocol/sections.ts";

const badMessage = (error: unknown) =>
  error instanceof ProtocolError && error.code === "bad-message";

Deno.test("parts that were joined are split again, empty ones too", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (parts) => {
    const { sizes, payload } = joinSections(parts);
    deepEqual(
      splitSections(payload, sizes, parts.length).map((part) => [...part]),
      parts.map((part) => [...part]),
    );
  }));
});

Deno.test("lengths that do not add up are refused, and so is another number of parts", () => {
  const payload = new Uint8Array(5);
  throws(() => splitSections(payload, [2, 2]), badMessage);
  throws(() => splitSections(payload, [5, 1]), badMessage);
  throws(() => splitSections(payload, [2, 3], 3), badMessage);
  throws(() => splitSections(payload, [], 0), badMessage);
});
