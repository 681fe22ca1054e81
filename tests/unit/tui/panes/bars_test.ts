import { equal, match, ok } from "node:assert/strict";
import { newModel } from "../../../../lib/app/conversations/model.ts";
import { caption, fitHint, statusRow } from "../../../../lib/tui/panes/bars.ts";
import { textWidthCells } from "../../../../lib/terminal/cells/text_width.ts";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { busyModel } from "../../../kit/scenes.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";

Deno.test("U23: a hint that has no room leaves whole keys out, and keeps the one that closes", () => {
  const hint = "y yes · n twice no · b twice blocks · escape closes";
  equal(fitHint(hint, 51), hint);
  equal(fitHint(hint, 50), "y yes · n twice no · escape closes");
  equal(fitHint(hint, 23), "y yes · escape closes");
  equal(fitHint(hint, 20), "escape closes");
});

Deno.test("U23: a caption cuts what is, and never a key", () => {
  const words = "cockatoo  thirds  0:05/0:11  240p  93/280";
  equal(caption(words, "F6 keys · F7 size", 38), "cockatoo  thirds  …  F6 keys · F7 size");
  for (let widthCells = 20; widthCells < 90; widthCells++) {
    const shown = caption(words, "F6 keys · F7 size", widthCells);
    ok(textWidthCells(safeText(shown)) <= widthCells, `${widthCells}: ${shown}`);
    ok(/(F6 keys · )?F7 size$/.test(shown), `${widthCells}: ${shown}`);
  }
});

Deno.test("U23: the status line keeps its key where the rest has no room", () => {
  const words = (widthCells: number) =>
    statusRow(busyModel(), "F1 help", { widthCells, theme: THEMES.dark, notice: "" }).map((
      { text },
    ) => text)
      .join("");
  for (const widthCells of [24, 30, 40, 60, 80, 120]) {
    ok(words(widthCells).includes("F1 help"), `${widthCells}: ${words(widthCells)}`);
  }
});

function words(notice: string): string {
  const model = newModel({ name: "ann" }, 0);
  const options = { widthCells: 100, theme: THEMES.dark, notice };
  return statusRow(model, "F1 help", options).map(({ text }) => text).join("");
}

Deno.test("status row says what is to be said on every screen, and nothing when there is nothing", () => {
  match(words("Simulated line: 300 ms"), /^ ◌ connecting {3}Simulated line: 300 ms · F1 help /);
  equal(words("").includes("Simulated"), false);
});

Deno.test("the status line at 80 columns counts what is new whole, and leaves out what is always so", () => {
  const model = { ...busyModel(), connection: "online" } as const;
  const shown = (widthCells: number) =>
    statusRow(model, "2 requests: F9 · F1 help", { widthCells, theme: THEMES.dark, notice: "" })
      .map(({ text }) => text).join("");
  match(shown(80), /\d+ unread[^…]* · 2 requests: F9 · F1 help/);
  equal(shown(80).includes("end-to-end"), false, shown(80));
  match(shown(160), /end-to-end encrypted · \d+ unread/);
});
