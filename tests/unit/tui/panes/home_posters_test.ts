import { deepEqual, equal } from "node:assert/strict";
import { homePosters } from "../../../../lib/tui/panes/home_posters.ts";
import type { PictureState } from "../../../../lib/tui/timeline/picture_rows.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";

const DRAWING = {
  method: "kitty",
  cell: { widthPx: 10, heightPx: 20 },
  maxSizePx: undefined,
} as const;
const KNOWN: PictureState = {
  state: "known",
  facts: { format: "jpeg", widthPx: 320, heightPx: 180, frames: 1 },
};
const NAMES = ["cockatoo", "a\x1b[2J\n\u202ewide 漢字漢字漢字漢字", "launch"];
const POSTERS = NAMES.map((name) => ({ name, sizeBytes: 1 }));
const AREA = { column: 30, row: 10, widthCells: 60, heightCells: 9 };

function shelf(
  knows: (name: string) => boolean,
  { area = AREA, draws = true }: { area?: typeof AREA; draws?: boolean } = {},
) {
  const stateOf = ({ name }: { name: string }) => knows(name) ? KNOWN : undefined;
  const pictures = draws ? { drawing: DRAWING, stateOf } : undefined;
  const { rows, pictures: drawn, refs } = homePosters({ posters: POSTERS }, area, {
    pictures,
    theme: THEMES.dark,
  });
  return {
    rows: rows.map((row) => row.map(({ text }) => text).join("").trimEnd()),
    places: drawn.map(({ ref, placement: { seen: { column, row, widthCells, heightCells } } }) =>
      [ref.name, column, row, widthCells, heightCells] as const
    ),
    asked: refs.map(({ name }) => name),
  };
}

Deno.test("home page is as it is without posters until one has come, and asks for them meanwhile", () => {
  deepEqual(shelf(() => false), { rows: [], places: [], asked: NAMES });
});

Deno.test("home page shows the posters that are known side by side, with their names below", () => {
  const { rows, places } = shelf((name) => name !== NAMES[1]);
  deepEqual(rows, ["", "", "", "", "", "     cockatoo         launch"]);
  deepEqual(places, [["cockatoo", 32, 11, 14, 4], ["launch", 48, 11, 14, 4]]);
});

Deno.test("home page has large posters where all of them have room", () => {
  const roomy = { ...AREA, widthCells: 92, heightCells: 11 };
  const { rows, places } = shelf((name) => name !== NAMES[1], { area: roomy });
  deepEqual(rows.at(-1), " ".repeat(12) + "cockatoo" + " ".repeat(23) + "launch");
  deepEqual(places, [["cockatoo", 32, 11, 28, 8], ["launch", 62, 11, 28, 8]]);
  for (const area of [{ ...roomy, widthCells: 91 }, { ...roomy, heightCells: 10 }]) {
    equal(shelf(() => true, { area }).places[0][3], 14);
  }
});

Deno.test("home page takes nothing of a video's name into its posters that is not one line of text", () => {
  const { rows, places } = shelf(() => true);
  equal(places.length, 3);
  // deno-lint-ignore no-control-regex -- that there is none is what is tested
  equal(/[\x00-\x1f\u202e]/.test(rows.join("")), false, rows.join("|"));
});

Deno.test("home page has no posters where there is no room, or nothing is drawn, and asks for none there", () => {
  const none = { rows: [], places: [], asked: [] };
  deepEqual(shelf(() => true, { draws: false }), none);
  deepEqual(shelf(() => true, { area: { ...AREA, heightCells: 6 } }), none);
  deepEqual(shelf(() => true, { area: { ...AREA, widthCells: 17 } }), none);
  equal(shelf(() => true, { area: { ...AREA, widthCells: 18 } }).places.length, 1);
});
