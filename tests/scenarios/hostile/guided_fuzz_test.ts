import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { doorTarget, mlsTarget, packetTarget } from "../../kit/fuzz_decoders.ts";
import { type FuzzTarget, guidedFuzz } from "../../kit/guided_fuzz.ts";

/** A fault behind five bytes that have to be right one after the other: by chance one in 10^12. */
function deep(input: Uint8Array): void {
  if (input[0] !== 0x48) return;
  if (input[1] !== 0x65) return;
  if (input[2] !== 0x6c) return;
  if (input[3] !== 0x69) return;
  if (input[4] !== 0x6f) return;
  throw new RangeError("found");
}

const target = (run: FuzzTarget["run"], words: FuzzTarget["words"] = []): FuzzTarget => ({
  name: "deep",
  seeds: [utf8("......")],
  words,
  covers: /guided_fuzz_test\.ts$/,
  run,
});

Deno.test("fuzzing that follows the coverage finds a fault that chance does not", async () => {
  const finding = guidedFuzz(target(deep), { seed: 1, runs: 200_000 });
  await assert.rejects(finding, (error) => {
    assert(error instanceof Error && error.cause instanceof RangeError);
    assert.match(error.message, /^deep has a fault at 48656c696f/);
    return true;
  });
});

Deno.test("fuzzing keeps what reached something new, and the same from the same seed", async () => {
  const harmless = (input: Uint8Array) => {
    try {
      deep(input);
    } catch {
      // It is only looked how far it comes.
    }
  };
  const search = () => guidedFuzz(target(harmless, [utf8("Hel")]), { seed: 3, runs: 3_000 });
  const [first, second] = [await search(), await search()];
  assert.ok(first.kept >= 3 && first.reached > 0, JSON.stringify(first));
  assert.deepEqual(first, second);
});

for (
  const [name, make] of [
    ["packets", packetTarget],
    ["MLS", mlsTarget],
    ["proxies and collectors", doorTarget],
  ] as const
) {
  Deno.test(`the decoder of ${name} refuses or reads what a guided search makes, and nothing else`, async () => {
    const target = await make();
    const { kept } = await guidedFuzz(target, { seed: 11, runs: 640 });
    assert.ok(kept > target.seeds.length, "nothing new was reached: the guide is blind");
  });
}
