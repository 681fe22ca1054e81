import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../lib/base/bytes.ts";
import { InputParser } from "../../lib/terminal/input/input.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 20_000 : 300;

/** What came out, with typed text joined: how it was cut is not part of the promise. */
function parse(chunks: readonly Uint8Array[]): unknown[] {
  const out: unknown[] = [];
  let text = "";
  const settle = () => {
    if (text !== "") out.push({ text });
    text = "";
  };
  const parser = new InputParser({
    key: (key) => {
      if (key.kind === "text" && key.sequence === key.text) text += key.text;
      else {
        settle();
        out.push(key);
      }
    },
    reply: (reply) => {
      settle();
      out.push(reply);
    },
  });
  for (const chunk of chunks) parser.feed(chunk);
  settle();
  return out;
}

const piece = fc.oneof(
  fc.constantFrom(
    ..."\x1b,\x1b[,\x1bO,\x1b],\x1b_,\x1bP,\x1b\\,\x1b[200~,\x1b[201~,\x1b[A,\x1b[1;5C,\x1b[97;5u,\x1b[?62;4c,\x07,\x03,\r,~,c,;,:,<,?,\x9c"
      .split(","),
  ).map((text) => utf8(text)),
  fc.string({ unit: "grapheme", maxLength: 5 }).map((text) => utf8(text)),
  fc.uint8Array({ maxLength: 6 }),
);
const stream = fc.array(piece, { maxLength: 30 }).map((parts) => concatBytes(...parts));

Deno.test("input parser makes the same of a stream wherever it is cut", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 8 }), (bytes, cuts) => {
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
        .sort((a, b) => a - b);
      const chunks = places.slice(1).map((end, i) => bytes.slice(places[i], end));
      const whole = parse([bytes]);
      deepEqual(parse(chunks), whole);
      deepEqual(parse(Array.from(bytes, (byte) => new Uint8Array([byte]))), whole);
    }),
    { numRuns },
  );
});

Deno.test("input parser takes any noise, with pauses anywhere", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(stream, fc.constantFrom("flush", "abandon")), { maxLength: 20 }),
      (
        steps,
      ) => {
        const parser = new InputParser({ key: () => {}, reply: () => {} });
        for (const step of steps) {
          if (step === "flush") parser.flush();
          else if (step === "abandon") parser.abandon();
          else if (typeof step !== "string") parser.feed(step);
        }
        parser.abandon();
        deepEqual(parser.pending, false);
      },
    ),
    { numRuns },
  );
});
