/** The page of the server's videos: what a terminal shows of it, and where its posters are. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { ListedVideo } from "../../lib/app/video_list.ts";
import { readPoster } from "../../lib/client/video/poster.ts";
import { Refusal } from "../../lib/base/errors.ts";
import type { PictureState } from "../../lib/tui/timeline/picture_rows.ts";
import { THEMES } from "../../lib/tui/theme/theme.ts";
import { VideosPage } from "../../lib/tui/panels/videos_page.ts";

const LISTED: readonly ListedVideo[] = [
  {
    ...{ number: 1, name: "cockatoo", ready: ["240p"], sizeBytes: 1_900_000 },
    ...{ durationMs: 14_000, widthPx: 1280, heightPx: 720 },
  },
  { number: 2, name: "broken", ready: [], sizeBytes: 0, problem: "it has no picture stream" },
  {
    ...{ number: 3, name: "physics/tall", ready: [], sizeBytes: 5_000, cutShort: true },
    ...{ durationMs: 61_000, widthPx: 720, heightPx: 1280 },
  },
];
const BODY = { column: 10, row: 3, widthCells: 60, heightCells: 20 };
const DRAWING = {
  method: "kitty",
  cell: { widthPx: 10, heightPx: 20 },
  maxSizePx: undefined,
} as const;
const KNOWN: PictureState = {
  state: "known",
  facts: { format: "jpeg", widthPx: 320, heightPx: 180, frames: 1 },
};

function pageOf(state: PictureState | undefined | "no-pictures", played: number[] = []) {
  return new VideosPage(LISTED, {
    pictures: () =>
      state === "no-pictures" ? undefined : { drawing: DRAWING, stateOf: () => state },
    play: ({ number }) => played.push(number),
  });
}

function textOf(page: VideosPage): readonly string[] {
  const { rows } = page.view({ widthCells: BODY.widthCells, theme: THEMES.dark });
  return rows.map((row) => row.map(({ text }) => text).join("").trimEnd());
}

Deno.test("page of videos has their facts, and why one cannot be watched, beside room for a poster", () => {
  const rows = textOf(pageOf(undefined));
  const indent = " ".repeat(18);
  deepEqual(rows.slice(0, 4), [
    `▸${" ".repeat(17)}1  cockatoo`,
    `${indent}14.0 s · 1280×720 · 1.9 MB`,
    `${indent}ready: 240p`,
    "",
  ]);
  equal(rows[7], `${indent}it has no picture stream`);
  deepEqual(rows.slice(10, 13), [
    `${indent}3  physics/tall`,
    `${indent}1:01 · 720×1280 · 5,000 B`,
    `${indent}its file is cut short`,
  ]);
});

Deno.test("page of videos has two rows each where no pictures are drawn", () => {
  const rows = textOf(pageOf("no-pictures"));
  deepEqual(rows.slice(0, 2), ["▸ 1  cockatoo", "  14.0 s · 1280×720 · 1.9 MB · ready: 240p"]);
  equal(rows.length, 9);
  deepEqual(pageOf("no-pictures").pictures(BODY, 0), { pictures: [], refs: [] });
});

Deno.test("page of videos asks for posters of what is seen and can be watched, and draws them beside their words", () => {
  deepEqual(pageOf(undefined).pictures(BODY, 0).refs.map(({ name }) => name), [
    "cockatoo",
    "physics/tall",
  ]);
  equal(pageOf(undefined).pictures(BODY, 0).pictures.length, 0);
  const places = pageOf(KNOWN).pictures(BODY, 0).pictures.map(({ placement }) => placement.seen);
  deepEqual(
    places.map((
      { column, row, widthCells, heightCells },
    ) => [column, row, widthCells, heightCells]),
    [
      [12, 3, 14, 4],
      [12, 13, 14, 4],
    ],
  );
  // Scrolled by a row, the first is cut: it is not drawn.
  deepEqual(pageOf(KNOWN).pictures(BODY, 1).refs.map(({ name }) => name), ["physics/tall"]);
});

Deno.test("page of videos plays the chosen one, and none that cannot be watched", () => {
  const played: number[] = [];
  const page = pageOf(KNOWN, played);
  const press = (name: "down" | "enter") =>
    page.handle({ kind: "key", name, sequence: "", ctrl: false, alt: false, shift: false });
  press("down");
  equal(press("enter"), "open");
  press("down");
  equal(press("enter"), "closed");
  deepEqual(played, [3]);
  ok(textOf(page)[10].startsWith("▸"));
});

Deno.test("a poster that a server does not have, or nobody can ask for, is none", async () => {
  const link = (answer: () => Promise<never>) => ({ link: { ask: answer } });
  const refused = link(() => Promise.reject(new Refusal("bad-message", "Cannot read message")));
  deepEqual(await readPoster(refused, "cockatoo"), { ok: false, why: "not-here" });
  const offline = {
    get link(): never {
      throw new Refusal("offline", "Cannot ask: there is no connection");
    },
  };
  deepEqual(await readPoster(offline, "cockatoo"), { ok: false, why: "not-here" });
});
