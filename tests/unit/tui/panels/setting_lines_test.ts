import { deepEqual, equal, ok } from "node:assert/strict";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { textWidthCells } from "../../../../lib/terminal/cells/text_width.ts";
import { columnsOf, settingLines } from "../../../../lib/tui/panels/setting_lines.ts";
import { fileValues } from "../../../../lib/tui/settings/file_settings.ts";

Deno.test("settings are told whole at every width: beside their value, or below", () => {
  const long = "/home/alice/a folder with a long name/another one/inbox";
  const all = fileValues(`[files]\ninbox = "${long}"\n`);
  ok(all.length > 10);
  for (const widthCells of [16, 20, 30, 40, 59, 80, 118]) {
    const columns = columnsOf(all, widthCells);
    for (const value of all) {
      const lines = settingLines(value, { ...columns, isSelected: false });
      for (const line of lines) {
        ok(textWidthCells(safeText(line)) <= widthCells, `${widthCells}: ${line}`);
      }
      // Columns are read down, so the letters are compared whatever their order.
      const letters = (text: string) => [...text.replace(/\s/g, "")].sort().join("");
      const { name, about } = value;
      equal(letters(lines.join("")), letters(name + value.value + about), `${widthCells}: ${name}`);
    }
  }
});

Deno.test("settings of a page of 59 cells, as beside a list at 80×24, have what they are about beside them", () => {
  const all = fileValues("");
  const columns = columnsOf(all, 59);
  const [mode] = all;
  deepEqual(settingLines(mode, { ...columns, isSelected: true }), [
    "▸ video.mode              -  how videos are watched",
  ]);
});
