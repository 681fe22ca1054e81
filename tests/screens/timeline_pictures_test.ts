import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { TransferId } from "../../lib/base/ids.ts";
import { safeText } from "../../lib/base/safe_text.ts";
import { type Card, type CardId, fileCards } from "../../lib/app/conversations/cards.ts";
import { pictureRefs } from "../../lib/app/conversations/picture_refs.ts";
import { addItem, addOlder } from "../../lib/app/conversations/update.ts";
import { scrollTo } from "../../lib/app/conversations/moving.ts";
import type { Model } from "../../lib/app/conversations/model.ts";
import type { PagePictures, PictureState } from "../../lib/tui/timeline/picture_rows.ts";
import { timelineOf } from "../../lib/tui/panes/timeline_pane.ts";
import { paintScene, type Scene } from "../../lib/tui/panes/view.ts";
import { moving } from "../kit/cards.ts";
import { golden } from "../kit/golden.ts";
import { at, BOB, busyModel, said, sceneOf, showGrid } from "../kit/scenes.ts";

const KITTY = {
  method: "kitty",
  cell: { widthPx: 9, heightPx: 18 },
  maxSizePx: undefined,
} as const;

/** Bob has sent files, each a picture of that size, between two texts. */
function withPictures(names: readonly string[]): Model {
  const sent = names.map((path, i) =>
    moving({
      ...{ id: `f${i}`, number: i + 1, path, state: { state: "done" } },
      finished: [`/home/a/${path}`],
    })
  );
  const cards = new Map<CardId, Card>(fileCards(sent));
  let model = addOlder(busyModel(), BOB, { items: [], isWhole: true, cards });
  for (const { transfer: { id } } of sent) {
    const item = said("bob", "bob offers you a file", {
      ...{ kind: "notice", id: "file-offer", transfer: id as TransferId, atMs: at(19, 1) },
    });
    model = addItem(model, BOB, item);
  }
  return addItem(model, BOB, said("bob", "what do you say?", { atMs: at(19, 2) }));
}

function picturesOf(
  model: Model,
  state: PictureState | undefined,
  drawing: PagePictures["drawing"] = KITTY,
): PagePictures {
  return { drawing, refsOf: (item) => pictureRefs(model, item), stateOf: () => state };
}

const known = (widthPx: number, heightPx: number): PictureState => ({
  state: "known",
  facts: { format: "png", widthPx, heightPx, frames: 1 },
});

/** What a terminal shows, with `░` where pictures are. */
async function rowsOf(scene: Scene): Promise<string[]> {
  const painted = paintScene(scene);
  for (const { placement: { seen } } of painted.pictures.pictures) {
    for (let row = seen.row; row < seen.row + seen.heightCells; row++) {
      const text = safeText("░".repeat(seen.widthCells));
      painted.grid.write({ ...seen }, row, [{ text, style: scene.theme.text }]);
    }
  }
  return await showGrid(painted);
}

for (const [columns, rows] of [[80, 24], [120, 40], [40, 14]] as const) {
  Deno.test(`a picture stands below the card of its file, with texts above and below: ${columns}×${rows}`, async () => {
    const model = withPictures(["bird.png"]);
    const pictures = picturesOf(model, known(1280, 720));
    const scene = { ...sceneOf(model, columns, rows), pictures };
    await golden(`picture_${columns}x${rows}`, await rowsOf(scene));
    const [{ placement: { seen } }] = paintScene(scene).pictures.pictures;
    ok(seen.heightCells <= rows / 2);
  });
}

Deno.test("a card of seven pictures draws four, counts the others, and says how all of them open", async () => {
  const items = Array.from({ length: 7 }, (_, i) => `bird${i + 1}.png`);
  const { transfer, ...rest } = moving({ id: "f0", path: items[0], state: { state: "done" } });
  const many = {
    ...transfer,
    items: items.map((path) => ({ ...transfer.items[0], path })),
    finished: items.map((path) => `/home/a/${path}`),
  } as typeof transfer;
  const cards = new Map<CardId, Card>(fileCards([{ ...rest, transfer: many }]));
  let model = addOlder(busyModel(), BOB, { items: [], isWhole: true, cards });
  const item = said("bob", "bob offers you files", {
    ...{ kind: "notice", id: "file-offer", transfer: "f0" as TransferId, atMs: at(19, 1) },
  });
  model = addItem(model, BOB, item);
  const selected = { ...model, cursor: item.key };
  const scene = { ...sceneOf(selected, 80, 60), pictures: picturesOf(model, known(160, 90)) };
  equal(paintScene(scene).pictures.pictures.length, 4);
  const rows = await rowsOf(scene);
  ok(rows.some((row) => row.includes("+3 more: Enter on the card shows all")), rows.join("\n"));
  ok(!rows.some((row) => row.includes("bird5.png")), rows.join("\n"));
});

Deno.test("a picture is scrolled out of the page row by row, and is not drawn once it is gone", () => {
  const model = withPictures(["a.png", "b.png", "c.png"]);
  const pictures = picturesOf(model, known(640, 360));
  const base = { ...sceneOf(model, 80, 24), pictures };
  const heights: string[] = [];
  let now = model;
  for (let i = 0; i < 60; i++) {
    const scene = { ...base, model: now };
    const painted = paintScene(scene);
    const { timeline: area } = painted.layout;
    heights.push(
      painted.pictures.pictures.map(({ ref, placement: { seen, abovePx } }) => {
        ok(seen.row >= area.row && seen.row + seen.heightCells <= area.row + area.heightCells);
        return `${ref.name}${abovePx > 0 ? "^" : ""}${seen.heightCells}`;
      }).join(" "),
    );
    const anchor = timelineOf(scene, area).scrolled(-1, area.heightCells);
    now = scrollTo(now, anchor);
  }
  // From the newest up: the last one goes at the bottom, the first one comes at the top.
  ok(heights[0].includes("c.png") && !heights[0].includes("a.png"));
  ok(heights.some((seen) => /[bc]\.png\^/.test(seen)));
  ok(heights.at(-1)?.includes("a.png") && !heights.at(-1)?.includes("c.png"));
});

Deno.test("nothing stands below the card of a file that is no picture, has not come, or was not looked at", () => {
  const model = withPictures(["notes.pdf"]);
  deepEqual(
    paintScene({ ...sceneOf(model, 80, 24), pictures: picturesOf(model, known(9, 9)) })
      .pictures.refs,
    [],
  );
  const waiting = moving({ id: "f1", path: "a.png", state: { state: "receiving" } });
  const cards = new Map<CardId, Card>(fileCards([waiting]));
  const item = said("bob", "", { kind: "notice", id: "file-offer", transfer: "f1" as TransferId });
  deepEqual(pictureRefs({ cards }, item), []);
  const unknown = withPictures(["a.png"]);
  const painted = paintScene({
    ...sceneOf(unknown, 80, 24),
    pictures: picturesOf(unknown, undefined),
  });
  deepEqual(painted.pictures.pictures, []);
  equal(painted.pictures.refs.length, 1);
});

Deno.test("SR-67: what is not drawn says so in words, with the reason", async () => {
  const model = withPictures(["bird.png"]);
  const why = { state: "not-drawn", why: "too-large", facts: undefined } as const;
  const rows = await rowsOf({ ...sceneOf(model, 80, 24), pictures: picturesOf(model, why) });
  ok(rows.some((row) => row.includes("bird.png is not drawn: it has too many pixels")));
  ok(!rows.some((row) => row.includes("░")));
});

Deno.test("a name that is hostile stays in its row, and is no control sequence", async () => {
  const model = withPictures(["a\x1b[2J\u202e\n.png"]);
  const why = { state: "not-drawn", why: "damaged", facts: undefined } as const;
  const rows = await rowsOf({ ...sceneOf(model, 80, 24), pictures: picturesOf(model, why) });
  ok(rows.every((row) => !row.includes("\x1b") && !row.includes("\u202e")));
});

Deno.test("property: no picture covers a cell with text, leaves its page, or loses its shape, whatever the size", () => {
  const facts = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
    widthPx: fc.integer({ min: 1, max: 5_000 }),
    heightPx: fc.integer({ min: 1, max: 5_000 }),
    method: fc.constantFrom("kitty" as const, "sixel" as const, "blocks" as const),
    up: fc.nat(50),
  });
  const model = withPictures(["a.png", "b.png"]);
  fc.assert(
    fc.property(facts, ({ columns, rows, widthPx, heightPx, method, up }) => {
      const pictures = picturesOf(model, known(widthPx, heightPx), { ...KITTY, method });
      const base = { ...sceneOf(model, columns, rows), pictures };
      const { timeline: area } = paintScene(base).layout;
      const anchor = timelineOf(base, area).scrolled(-up, area.heightCells);
      const { grid, pictures: { pictures: seen } } = paintScene({
        ...base,
        model: scrollTo(model, anchor),
      });
      for (const { placement: { seen: part, whole } } of seen) {
        for (let row = part.row; row < part.row + part.heightCells; row++) {
          ok(row >= area.row && row < area.row + area.heightCells);
          for (let x = part.column; x < part.column + part.widthCells; x++) {
            ok(x >= area.column && x < area.column + area.widthCells);
            equal(grid.textAt(x, row), " ");
          }
        }
        // Within a cell, of which half blocks have two pixels.
        const cell = method === "blocks" ? { widthPx: 1, heightPx: 2 } : KITTY.cell;
        const wanted = whole.widthPx * heightPx / widthPx;
        const slack = cell.heightPx + cell.widthPx * heightPx / widthPx;
        if (method !== "blocks") ok(Math.abs(whole.heightPx - wanted) <= slack);
      }
    }),
    { numRuns: 150 },
  );
});
