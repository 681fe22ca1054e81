import { equal, match, ok } from "node:assert/strict";
import { CellScreen } from "../../lib/terminal/cells/cell_screen.ts";
import { KEY_ROWS } from "../../lib/tui/keys/keys.ts";
import { type Model, newModel, pageOf } from "../../lib/app/conversations/model.ts";
import { openPlace, scrollTo } from "../../lib/app/conversations/moving.ts";
import { addItem } from "../../lib/app/conversations/update.ts";
import { THEMES } from "../../lib/tui/theme/theme.ts";
import { timelineOf } from "../../lib/tui/panes/timeline_pane.ts";
import type { Panel } from "../../lib/tui/panes/panel.ts";
import { paintScene } from "../../lib/tui/panes/view.ts";
import { ShownTerminal } from "../kit/cells.ts";
import { golden } from "../kit/golden.ts";
import { roomModel } from "../kit/talk_scenes.ts";
import {
  at,
  BOB,
  busyModel,
  CAROL,
  line,
  listed,
  readRows,
  said,
  sceneOf,
  show,
  withPeers,
} from "../kit/scenes.ts";

for (const [columns, rows] of [[80, 24], [200, 60], [40, 12], [20, 5], [1, 1]] as const) {
  Deno.test(`full screen of ${columns}×${rows} shows what there is room for`, async () => {
    const scene = sceneOf(busyModel(), columns, rows, "no, something new");
    await golden(`conversation_${columns}x${rows}`, await show(scene));
  });
}

Deno.test("full screen keeps a shorter home page above what only happened, and none above an answer", async () => {
  let model: Model = openPlace(busyModel(), undefined);
  for (let i = 1; i <= 20; i++) {
    model = addItem(model, undefined, line(`* bob joined ${i}`, `${i}`));
  }
  const shown = (await show(sceneOf(model, 80, 24))).join("\n");
  for (const words of [/Welcome, alice/, /Unread .*carol/, /F1 keys/, /bob joined 20/]) {
    match(shown, words);
  }
  equal(/Pick a conversation|bob joined 1 /.test(shown), false, shown);
  model = addItem(model, undefined, line("> /who", "asked"));
  const asked = (await show(sceneOf(model, 80, 24))).join("\n");
  equal(/Welcome, alice/.test(asked), false, asked);
  match(asked, /bob joined 5\n.*bob joined 20\n.*> \/who/s);
});

Deno.test("full screen keeps the home page above lines of the program while both have room", async () => {
  const home = { ...openPlace(busyModel(), undefined), open: undefined };
  const model = addItem(home, undefined, line("* config.toml, line 2: theme is one of …", "told"));
  for (const [columns, rows] of [[80, 24], [120, 40], [200, 60]] as const) {
    await golden(`home_${columns}x${rows}`, await show(sceneOf(model, columns, rows)));
  }
});

Deno.test("full screen keeps what is unread and the keys of its first page above all who come and go", async () => {
  const home = openPlace(busyModel(), undefined);
  const files = ["one", "two", "three"].map((name) => ({
    name: `${name}-of-a-long-name.tar.gz`,
    place: home.peers[0].peer,
    isOwn: false,
  }));
  let model: Model = { ...home, home: { ...home.home, files } };
  for (let i = 1; i <= 30; i++) {
    model = addItem(model, undefined, line(`* guest${i} joined`, `${i}`));
  }
  await golden("home_lively_80x18", await show(sceneOf(model, 80, 18)));
});

Deno.test("full screen says what to do first where nothing was said", async () => {
  const model = { ...newModel({ name: "alice" }, at(9, 0)), connection: "online" as const };
  await golden("empty_80x24", await show(sceneOf(model, 80, 24)));
});

Deno.test("full screen shows the picture's cells to nobody, above and beside the conversation", () => {
  for (const [columns, rows] of [[80, 24], [200, 60], [100, 30], [79, 23]] as const) {
    const video = { size: "pane", bar: [{ words: "cockatoo", keys: "" }], hasKeys: false } as const;
    const { grid, layout } = paintScene({ ...sceneOf(busyModel(), columns, rows), video });
    const { video: area, timeline } = layout;
    ok(area.widthCells > 20 && area.heightCells > 5, `${columns}×${rows} has a picture`);
    ok(timeline.heightCells >= 3 && timeline.widthCells >= 36, `${columns}×${rows} has a talk`);
    for (let row = area.row; row < area.row + area.heightCells; row++) {
      for (let column = area.column; column < area.column + area.widthCells; column++) {
        equal(grid.textAt(column, row), " ");
      }
    }
  }
});

const PLAYING = {
  name: "cockatoo",
  positionMs: 5_000,
  bufferedMs: 6_500,
  durationMs: 14_000,
  rate: 1,
  state: "playing",
  quality: "thirds [240p] → 720p → 1080p",
} as const;

for (const [columns, rows] of [[80, 24], [120, 40], [200, 60], [200, 40]] as const) {
  Deno.test(`full screen of ${columns}×${rows} shows where a video is, and its keys`, async () => {
    const bar = [{ words: "", keys: "F6 keys · F7 size" }];
    const video = { size: "pane", bar, hasKeys: false, playing: PLAYING } as const;
    const scene = { ...sceneOf(roomModel(), columns, rows), video };
    await golden(`video_${columns}x${rows}`, await show(scene));
    const { track, grid } = paintScene(scene);
    ok(track.widthCells >= 8);
    equal(grid.textAt(track.column, track.row), "━");
    equal(grid.textAt(track.column + track.widthCells - 1, track.row), "─");
    ok("━●".includes(grid.textAt(track.column + Math.round(track.widthCells * 5 / 14), track.row)));
  });
}

Deno.test("full screen of a video on all of it has one row for where it is and its keys", async () => {
  const bar = [{ words: "", keys: "space pause · f size · escape to the text" }];
  const playing = { ...PLAYING, state: "paused", rate: 1.25 } as const;
  const video = { size: "full", bar, hasKeys: true, playing } as const;
  const rows = await show({ ...sceneOf(roomModel(), 80, 24), video });
  await golden("video_full_80x24", rows);
});

for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
  Deno.test(`full screen of ${columns}×${rows} keeps where a video is above its subtitles, and who hosts a party`, async () => {
    const subtitles = [{ words: "Hello?", keys: "" }, { words: "", keys: "" }];
    const bar = [{ words: "cockatoo  0:05", keys: "F6 keys · F7 size" }, ...subtitles];
    const noSound = "no sound: there is no sound server and no sound card";
    const also = ["alice hosts, 2 watch", noSound, "53 frames dropped"];
    const playing = { ...PLAYING, also };
    const video = { size: "pane", bar, hasKeys: false, playing } as const;
    const scene = { ...sceneOf(roomModel(), columns, rows), video };
    await golden(`subtitles_${columns}x${rows}`, await show(scene));
    ok(paintScene(scene).track.widthCells >= 8);
    const keys = "space pause · escape back to typing";
    const keyed = { ...video, bar: [{ words: "", keys }, ...subtitles], hasKeys: true };
    ok((await show({ ...scene, video: keyed })).join("\n").includes("escape back to typing"));
    const facts = { ...scene, video: { ...video, saysFacts: true } };
    equal(paintScene(facts).track.widthCells, 0);
  });
}

Deno.test("full screen says whole what it says of the drawing of a video, or not at all", async () => {
  const words = "33 kB each, 0.04 MB/s  paint 19.7 ms  terminal 806.2 ms  9 drawn, 156 dropped";
  const bar = [{ words, keys: "i facts" }];
  const video = { size: "pane", bar, hasKeys: true, playing: PLAYING, saysFacts: true } as const;
  for (let columns = 100; columns < 120; columns++) {
    const rows = (await show({ ...sceneOf(roomModel(), columns, 40), video })).join("\n");
    ok(rows.includes("0.04 MB/s"), rows);
    equal(rows.includes("9 drawn"), rows.includes("156 dropped"), rows);
  }
});

Deno.test("full screen says whole what it says of a live stream, or not at all", async () => {
  const noSound = "no sound: there is no sound server and no sound card";
  const words = `alice: "film.mp4"  live 0:03  640×360  0 dropped  ${noSound}`;
  const bar = [{ words, keys: "F6 keys · F7 size" }];
  const scene = {
    ...sceneOf(roomModel(), 110, 34),
    video: { size: "pane", bar, hasKeys: false },
  } as const;
  const rows = await show(scene);
  ok(rows.some((row) => /640×360 {2}0 dropped +│$/.test(row)), rows.join("\n"));
  equal(rows.some((row) => row.includes("no sound")), false);
});

Deno.test("full screen keeps the frame of a page that has few rows below a video", () => {
  const bar = [{ words: "", keys: "" }];
  const video = { size: "pane", bar, hasKeys: false, playing: PLAYING } as const;
  const panel: Panel = {
    shape: "page",
    view: () => ({ title: "Who", hint: "escape", rows: [], focus: { row: 0 }, input: undefined }),
    handle: () => "open",
    click: () => "open",
    scroll: () => {},
  };
  const { grid, layout } = paintScene({ ...sceneOf(roomModel(), 100, 28), video, panel });
  const { talk, rule } = layout.frames;
  ok(rule.row - talk.row < 7, "few rows");
  const right = talk.column + talk.widthCells - 1;
  const corners = [[talk.column, talk.row], [right, talk.row], [talk.column, rule.row], [
    right,
    rule.row,
  ]];
  equal(corners.map(([column, row]) => grid.textAt(column, row)).join(""), "╭╮├┤");
});

Deno.test("full screen marks the pane that has the keys", () => {
  const bar = [{ words: "", keys: "" }];
  const styleAt = (hasKeys: boolean, pane: "talk" | "video") => {
    const video = { size: "pane", bar, hasKeys, playing: PLAYING } as const;
    const { grid, layout } = paintScene({ ...sceneOf(roomModel(), 120, 40), video });
    return grid.styleAt(layout.frames[pane].column, layout.frames[pane].row);
  };
  const { frame, line } = THEMES.dark;
  equal(styleAt(true, "video"), frame);
  equal(styleAt(true, "talk"), line);
  equal(styleAt(false, "video"), line);
  equal(styleAt(false, "talk"), frame);
});

const HOSTILE: Readonly<Record<string, string>> = {
  "escape sequences": "\x1b[2J\x1b[1;1Hgone\x1b]0;title\x07\x9b31m",
  "overrides of direction": "abc\u202etxet\u2066x\u2069 \u200f",
  "10,000 combining marks": `e${"\u0301".repeat(10_000)}`,
  "a line of 1 MB": "x".repeat(1_048_576),
  "1 MB of words": "漢字 kana ".repeat(100_000),
  "emoji that join": "👩‍👩‍👧‍👦".repeat(200),
  "100,000 line breaks": "\n".repeat(100_000),
};

for (const [what, text] of Object.entries(HOSTILE)) {
  Deno.test(`SR-68, SR-70: full screen keeps its panes against ${what}`, async () => {
    let model = busyModel();
    model = addItem(model, BOB, said(text.slice(0, 5_000), text));
    model = withPeers(model, [
      ...model.peers,
      listed(CAROL, { name: text.slice(0, 5_000), about: text.slice(0, 5_000) }),
    ]);
    for (const [columns, rows] of [[80, 24], [20, 5], [1, 1]] as const) {
      const painted = paintScene(sceneOf(model, columns, rows, text.slice(0, 200)));
      const bytes = new CellScreen({ synchronized: false }).paint(painted.grid, {
        cursor: painted.cursor,
        pictures: [],
      });
      using shown = new ShownTerminal(columns, rows);
      await shown.write(bytes);
      equal(shown.scrolledLines, 0);
      if (columns < 80) continue;
      // The divider stands where it stood, and the status line is ours.
      const seen = readRows(shown, columns, rows);
      for (let row = 0; row < rows - 1; row++) {
        equal(shown.cell(painted.layout.divider.column, row).text, "│", seen[row]);
      }
      ok(seen[rows - 1].startsWith(" ● online"), seen[rows - 1]);
    }
  });
}

Deno.test("full screen writes few bytes for a key, and none for the conversation", () => {
  const screen = new CellScreen({ synchronized: false });
  const paint = (typed: string) => {
    const { grid, cursor } = paintScene(sceneOf(busyModel(), 100, 32, typed));
    return screen.paint(grid, { cursor, pictures: [] }).length;
  };
  paint("hell");
  ok(paint("hello") < 20);
});

Deno.test("full screen stays where it was scrolled to while more is said", async () => {
  let model = busyModel();
  for (let i = 0; i < 100; i++) model = addItem(model, BOB, said("bob", `message ${i}`));
  const { layout } = paintScene(sceneOf(model, 80, 24));
  const scene = sceneOf(model, 80, 24);
  const anchor = timelineOf(scene, layout.timeline).scrolled(-30, layout.timeline.heightCells);
  model = scrollTo(model, anchor);
  const talk = async () =>
    (await show(sceneOf(model, 80, 24))).slice(1, 20).map((row) => row.slice(row.indexOf("│")));
  const before = await talk();
  for (let i = 0; i < 50; i++) model = addItem(model, BOB, said("bob", `later ${i}`));
  equal((await talk()).join("\n"), before.join("\n"));
  equal(pageOf(model, BOB).unread, 50);
  ok((await show(sceneOf(model, 80, 24)))[21].includes("50 new below"));
  model = scrollTo(model, undefined);
  equal(pageOf(model, BOB).unread, 0);
});

Deno.test("full screen shows the line before what is new until the conversation is left", async () => {
  let model = openPlace(busyModel(), CAROL);
  const rows = await show(sceneOf(model, 80, 24));
  ok(rows.some((row) => row.includes("── new since 18:59 ─")));
  model = openPlace(openPlace(model, BOB), CAROL);
  ok(!(await show(sceneOf(model, 80, 24))).some((row) => row.includes("new since")));
});

Deno.test("full screen shows lines of the program apart from what is said", async () => {
  let model = openPlace(busyModel(), CAROL);
  model = addItem(model, CAROL, line("* this is ours"));
  model = addItem(model, CAROL, said("carol", "* this is not"));
  const rows = await show(sceneOf(model, 80, 24));
  ok(rows.some((row) => /│ 19:00 {10,}this is ours$/.test(row)));
  ok(rows.some((row) => row.includes("│       * this is not")));
});

Deno.test("keys of the full screen are each bound once", () => {
  const keys = KEY_ROWS.flatMap((row) => row.keys);
  equal(new Set(keys).size, keys.length);
});
