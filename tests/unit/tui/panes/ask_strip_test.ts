/** How long somebody may still answer, in words. */

import { equal, match } from "node:assert/strict";
import { askWords } from "../../../../lib/app/questions/request_words.ts";
import { CellGrid } from "../../../../lib/terminal/cells/cell_grid.ts";
import { drawAsks } from "../../../../lib/tui/panes/ask_strip.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";
import type { Request } from "../../../../lib/app/questions/requests.ts";
import { BOB } from "../../../kit/scenes.ts";

const NOW_MS = 1_000_000;
const asked = (leftMs: number): Request => ({
  from: BOB,
  ...{ key: "s1", words: "ann wants to stream a film to you", accept: "/y s1", decline: "/n s1" },
  untilMs: NOW_MS + leftMs,
});

Deno.test("an ask says how long it waits, and a clock that is a moment behind adds nothing", () => {
  const cases = [
    [120_000, "2 min"],
    [120_900, "2 min"],
    [5_000, "1 min"],
    [59 * 60_000, "59 min"],
    [60 * 60_000, "1 h"],
    [47 * 3_600_000, "47 h"],
    [7 * 86_400_000, "7 d"],
  ] as const;
  for (const [leftMs, words] of cases) {
    equal(askWords(asked(leftMs), NOW_MS), `ann wants to stream a film to you · ${words} left`);
  }
  equal(askWords(asked(Infinity), NOW_MS), "ann wants to stream a film to you");
});

/** The row of the strip. */
function strip(asks: readonly Request[], widthCells: number): string {
  const grid = new CellGrid(widthCells, 1);
  const area = { column: 0, row: 0, widthCells, heightCells: 1 };
  drawAsks(grid, area, { model: { requests: asks, nowMs: NOW_MS }, asks, theme: THEMES.dark });
  return Array.from({ length: widthCells }, (_, column) => grid.textAt(column, 0)).join("").trim();
}

Deno.test("the strip leaves out how long a request waits before it cuts what is asked or a key", () => {
  const asks = [asked(7 * 86_400_000)];
  const shown = (widthCells: number) => strip(asks, widthCells);
  equal(
    shown(100),
    "ann wants to stream a film to you · 7 d left · escape hides · F9 answer",
  );
  equal(shown(68), "ann wants to stream a film to you · 7 d left · F9 answer");
  equal(shown(50), "ann wants to stream a film to you · F9 answer");
});

Deno.test("U12: the strip begins what a stranger wrote, as far as there is room, and cuts no key for it", () => {
  const asks = (wrote: string): readonly Request[] => [{
    ...asked(Infinity),
    words: "dave (new) wants to chat",
    stranger: { wrote, block: "/block dave" },
  }];
  const wrote = 'hi "alice",\nthis is dave from the night shift';
  equal(
    strip(asks(wrote), 120),
    'dave (new) wants to chat: "hi \\"alice\\", this is dave from the night shift" · escape hides · F9 answer',
  );
  equal(
    strip(asks(wrote), 61),
    'dave (new) wants to chat: "hi \\"alice\\", this…" · F9 answer',
  );
  equal(strip(asks(wrote), 50), "dave (new) wants to chat · F9 answer");
  // Neither what turns the row around nor a heap of marks reaches what we say behind it.
  const bad = `\u202e\x1b[2Je${"\u0301".repeat(10_000)}`;
  match(
    strip(asks(bad), 80),
    /^dave \(new\) wants to chat: "\[2Je\u0301*" · escape hides · F9 answer$/,
  );
});
