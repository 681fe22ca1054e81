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

/** What terminals say on their own or when asked, as they send it. */
const REPLIES = [
  "\x1b[?62;22;52c",
  "\x1b[0n",
  "\x1b[6;20;10t",
  "\x1b[?2026;2$y",
  "\x1b[?0u",
  "\x1b[?1;0;256S",
  "\x1bP>|kitty(0.26.5)\x1b\\",
  "\x1b_Gi=31;OK\x1b\\",
  "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
  "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
];

Deno.test("input parser loses no typed key beside answers of the terminal, wherever they stand and are cut", () => {
  const typed = "/party bob\r";
  const keys = parse([utf8(typed)]);
  for (const reply of REPLIES) {
    const [answer] = parse([utf8(reply)]);
    for (let before = 0; before <= typed.length; before++) {
      const stream = utf8(typed.slice(0, before) + reply + typed.slice(before));
      for (let cut = 0; cut <= stream.length; cut++) {
        const out = parse([stream.slice(0, cut), stream.slice(cut)]);
        deepEqual(out.filter((one) => !isSame(one, answer)).map(textOf).join(""), typed);
      }
    }
  }
  deepEqual(keys.map(textOf).join(""), typed);

  function textOf(one: unknown): string {
    const { text, sequence = "" } = one as { text?: string; sequence?: string };
    return text ?? sequence;
  }

  function isSame(one: unknown, other: unknown): boolean {
    return JSON.stringify(one) === JSON.stringify(other);
  }
});
