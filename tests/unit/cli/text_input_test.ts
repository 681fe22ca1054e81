import { equal, rejects } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { UsageError } from "../../../lib/base/errors.ts";
import { readStandardInput } from "../../../lib/cli/text_input.ts";

const TEXT = {
  maxBytes: 8,
  tooLong: ["too-long", "Too long"],
  notText: ["not-text", "Not text"],
} as const;

/** Gives these pieces, then its end, or nothing any more. */
function source(pieces: readonly Uint8Array[], { ends = true } = {}) {
  const left = [...pieces];
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      const piece = left.shift();
      if (piece === undefined) return ends ? Promise.resolve(null) : new Promise(() => {});
      buffer.set(piece);
      return Promise.resolve(piece.length);
    },
  };
}

const { signal } = new AbortController();

Deno.test("standard input is read to its end, up to the longest text and no byte more", async () => {
  equal(await readStandardInput(TEXT, signal, source([utf8("four"), utf8("more")])), "fourmore");
  const longer = readStandardInput(TEXT, signal, source([utf8("four"), utf8("more"), utf8("!")]));
  await rejects(longer, (error) => error instanceof UsageError && error.code === "too-long");
  const noText = readStandardInput(TEXT, signal, source([new Uint8Array([0xff])]));
  await rejects(noText, (error) => error instanceof UsageError && error.code === "not-text");
});

Deno.test("a signal ends the wait for standard input, of which nothing more comes", async () => {
  const stop = new AbortController();
  const reading = readStandardInput(TEXT, stop.signal, source([utf8("four")], { ends: false }));
  stop.abort(new Error("stopped"));
  await rejects(reading, /stopped/);
});
