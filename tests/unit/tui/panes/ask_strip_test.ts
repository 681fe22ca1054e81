/** How long somebody may still answer, in words. */

import { equal } from "node:assert/strict";
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

Deno.test("the strip leaves out how long a request waits before it cuts what is asked or a key", () => {
  const asks = [asked(7 * 86_400_000)];
  const shown = (widthCells: number) => {
    const grid = new CellGrid(widthCells, 1);
    const area = { column: 0, row: 0, widthCells, heightCells: 1 };
    drawAsks(grid, area, { model: { requests: asks, nowMs: NOW_MS }, asks, theme: THEMES.dark });
    return Array.from({ length: widthCells }, (_, column) => grid.textAt(column, 0)).join("")
      .trim();
  };
  equal(
    shown(100),
    "ann wants to stream a film to you · 7 d left · escape hides · F9 answer",
  );
  equal(shown(68), "ann wants to stream a film to you · 7 d left · F9 answer");
  equal(shown(50), "ann wants to stream a film to you · F9 answer");
});
