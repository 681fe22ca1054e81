import { equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import type { PlayingNow } from "../../../../lib/app/video_surface.ts";
import { DEFAULT_STYLE } from "../../../../lib/terminal/cells/cell_grid.ts";
import { rowCells } from "../../../../lib/tui/drawing/frame.ts";
import { fitParts, scrubber } from "../../../../lib/tui/panes/scrubber.ts";

const PLAYING: PlayingNow = {
  name: "cockatoo",
  positionMs: 7_000,
  bufferedMs: 8_000,
  durationMs: 14_000,
  rate: 1,
  state: "playing",
  quality: "adaptive 360p",
};
const look = {
  words: DEFAULT_STYLE,
  done: DEFAULT_STYLE,
  buffered: DEFAULT_STYLE,
  rest: DEFAULT_STYLE,
};

function words(playing: Partial<PlayingNow>, widthCells: number, withName = true): string {
  const { row } = scrubber({ ...PLAYING, ...playing }, widthCells, { look, withName });
  return row.map(({ text }) => text).join("");
}

Deno.test("scrubber says what plays, how far, how fast and in which size", () => {
  match(words({}, 80), /^ ► cockatoo {2}0:07 ━+●━+─+ 0:14 {2}adaptive 360p $/);
  match(words({ state: "paused", rate: 1.25 }, 80), /^ ‖ .* 0:14 {2}1\.25× {2}adaptive 360p $/);
  match(words({ rate: 0 }, 80), /every frame/);
  match(words({ state: "waiting" }, 80), /^ … .*waiting for pictures/);
  match(words({ positionMs: 3_725_000, durationMs: 7_200_000 }, 80), /1:02:05 .* 2:00:00/);
});

Deno.test("scrubber gives up the size, the speed and the name for the line, and then the line", () => {
  match(words({ rate: 2 }, 44), /^ ► cockatoo .*● ?.*0:14 {2}2× $|^ ► cockatoo .* 0:14 /);
  match(words({}, 26), /^ ► 0:07 ━+●━*─+ 0:14 $/);
  equal(words({}, 12), " ► 0:07/0:14");
});

Deno.test("scrubber says who hosts a party before it says the size and the name", () => {
  const also = ["alice hosts, 2 watch", "muted"];
  match(
    words({ also }, 100),
    /^ ► cockatoo .* 0:14 {2}adaptive 360p {2}alice hosts, 2 watch {2}muted $/,
  );
  match(words({ also }, 60), /^ ► .*0:07 .* 0:14 {2}alice hosts, 2 watch {2}muted $/);
  match(words({ also }, 46), /^ ► 0:07 .* 0:14 {2}alice hosts, 2 watch $/);
  match(words({ also }, 42), /^ ► 0:07 .* 0:14 {2}alice hosts, 2 w/);
  match(words({ also }, 26), /^ ► 0:07 ━+●━*─+ 0:14 $/);
});

Deno.test("fitParts leaves out what is least, and cuts the first only where it can be read", () => {
  const parts = ["no sound: there is no sound server", "3 frames dropped"];
  equal(fitParts(parts, 60), parts.join("  "));
  equal(fitParts(parts, 40), parts[0]);
  equal(fitParts(parts, 20), "no sound");
  equal(fitParts(parts, 7), "");
  match(fitParts(["alice hosts, 2 watch"], 18), /^alice hosts, 2 w/);
  equal(fitParts([], 8), "");
});

Deno.test("property: scrubber is never wider than its room, and its line begins and ends where it says", () => {
  const playing = fc.record({
    name: fc.string({ unit: "grapheme", maxLength: 30 }),
    positionMs: fc.integer({ min: -5, max: 10_000_000 }),
    bufferedMs: fc.integer({ min: 0, max: 10_000_000 }),
    durationMs: fc.integer({ min: 0, max: 10_000_000 }),
    rate: fc.constantFrom(0, 0.1, 1, 16),
    state: fc.constantFrom("playing", "paused", "seeking", "waiting"),
    quality: fc.string({ maxLength: 40 }),
    also: fc.array(fc.string({ maxLength: 40 }), { maxLength: 3 }),
  }) as fc.Arbitrary<PlayingNow>;
  fc.assert(
    fc.property(
      playing,
      fc.integer({ min: 24, max: 250 }),
      fc.boolean(),
      (one, widthCells, withName) => {
        const { row, track } = scrubber(one, widthCells, { look, withName });
        ok(rowCells(row) <= widthCells);
        if (track.widthCells === 0) return;
        equal(rowCells(row), widthCells);
        equal(rowCells(row.slice(0, 1)), track.column);
        equal(rowCells(row.slice(1, 5)), track.widthCells);
      },
    ),
  );
});
