import { equal, match } from "node:assert/strict";
import { newModel } from "../../../lib/app/conversations/model.ts";
import { statusRow } from "../../../lib/tui/bars.ts";
import { THEMES } from "../../../lib/tui/theme.ts";

function words(notice: string): string {
  const model = newModel({ name: "ann" }, 0);
  const options = { widthCells: 100, theme: THEMES.dark, notice };
  return statusRow(model, "F1 help", options).map(({ text }) => text).join("");
}

Deno.test("status row says what is to be said on every screen, and nothing when there is nothing", () => {
  match(words("Simulated line: 300 ms"), /^ ◌ connecting · Simulated line: 300 ms · F1 help /);
  equal(words("").includes("Simulated"), false);
});
