import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { SLASH_TABLE } from "../../lib/cli/dialogue/slash_table.ts";
import { Chooser } from "../../lib/tui/panels/chooser.ts";
import { USUAL_KEYS } from "../../lib/tui/keys/key_map.ts";
import { helpPage } from "../../lib/tui/panels/help_page.ts";
import type { Panel } from "../../lib/tui/panes/panel.ts";
import { THEMES } from "../../lib/tui/theme/theme.ts";
import { paintScene } from "../../lib/tui/panes/view.ts";
import { busyModel, sceneOf } from "../kit/scenes.ts";
import { playedFrame, readTerminal } from "../kit/screens.ts";
import { answerAsSixel, answerAsTerminal, ScreenUser } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";
import { watch, WATCH_SIZE } from "../kit/watching.ts";

const ALT_DOWN = "\x1b[1;3B";

const PANELS: Readonly<Record<"page" | "menu", () => Panel>> = {
  page: () => helpPage(SLASH_TABLE, USUAL_KEYS, () => {}),
  menu: () =>
    new Chooser({
      ...{ title: "Complete", hint: "", shape: "menu", query: undefined },
      find: () =>
        Array.from(
          { length: 60 },
          (_, i) => ({ label: `one ${i}`, detail: "x".repeat(300), value: i }),
        ),
      onChosen: () => {},
    }),
};

Deno.test("property: no panel is ever drawn over a picture, whatever the size", () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 70 }),
    size: fc.constantFrom("pane" as const, "full" as const),
    shape: fc.constantFrom("page" as const, "menu" as const),
    typed: fc.string({ maxLength: 300 }),
  });
  const model = busyModel();
  fc.assert(
    fc.property(sizes, ({ columns, rows, size, shape, typed }) => {
      const video = { size, bar: [{ words: "cockatoo", keys: "" }], hasKeys: false };
      const scene = { ...sceneOf(model, columns, rows, typed), video, panel: PANELS[shape]() };
      const { grid, layout: { video: area } } = paintScene(scene);
      for (let row = area.row; row < area.row + area.heightCells; row++) {
        for (let column = area.column; column < area.column + area.widthCells; column++) {
          equal(grid.textAt(column, row), " ", `${columns}×${rows} at ${column}, ${row}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("the page of help says what long keys do in their own row, where that has room", () => {
  const rowsAt = (widthCells: number) =>
    PANELS.page().view({ widthCells, theme: THEMES.dark }).rows
      .map((row) => row.map(({ text }) => text).join("").trim());
  const keys = "alt-down, ctrl-pagedown, ctrl-n*";
  ok(rowsAt(73).includes(`${keys}  the conversation below`));
  ok(rowsAt(50).includes(keys));
});

Deno.test("full screen goes through any size while a film plays, and shows it again where there is room", async () => {
  await using talk = await openTalk();
  const { user, video } = await watch(talk.alice, answerAsSixel);
  await using _leaving = user;
  using _reading = readTerminal();
  let index = 0;
  for (
    const [columns, rows] of [[1, 1], [200, 60], [3, 40], [40, 12], [20, 5], [120, 2]] as const
  ) {
    await video.show(playedFrame(index++), { inOrder: false });
    user.resize(columns, rows);
    await video.show(playedFrame(index++), { inOrder: false });
    await user.rows();
  }
  const { columns, rows } = WATCH_SIZE;
  user.resize(columns, rows);
  await user.see(/F6 keys/);
  const { drawn } = video.statistics;
  while (video.statistics.drawn <= drawn) {
    await video.show(playedFrame(index++), { inOrder: false });
    await user.see(/./);
  }
  user.type("still here");
  await user.see(/bob> still here$/);
  await user.wait(video[Symbol.asyncDispose]());
  await user.leave();
});

Deno.test("full screen types nothing of what a terminal answers late", async () => {
  await using talk = await openTalk();
  let owed = "";
  await using user = await ScreenUser.open(talk.alice, {
    answer: (written) => {
      owed += answerAsTerminal(written);
      return "";
    },
  });
  await user.see(/● online/);
  user.type(`${ALT_DOWN}half`);
  await user.see(/bob> half$/);
  ok(owed.includes("\x1b[?62;22c"), "it was asked");
  // Among what is typed, and cut in the middle.
  const late = `\x1bP>|late(1)\x1b\\\x1b[6;18;9t\x1b[?2026;2$y\x1b_Gi=31;OK\x1b\\${owed}`;
  for (const part of [late.slice(0, 5), late.slice(5, 9), late.slice(9)]) user.type(part);
  user.type(" a line");
  const rows = await user.see(/bob> half a line$/);
  ok(!rows.join("\n").includes("late(1)"));
  await user.leave();
});
