/**
 * One paint of the full screen, from the model to the bytes, without a terminal: what each key costs. Run:
 * `deno run -A tests/bench/paint_bench.ts`. Processor time; figures of one
 * sitting are compared with each other only.
 */

import process from "node:process";
import type { Item } from "../../lib/app/conversations/model.ts";
import { CellScreen } from "../../lib/terminal/cells/cell_screen.ts";
import { paintScene } from "../../lib/tui/panes/view.ts";
import { OPS, said, sceneOf } from "../kit/scenes.ts";
import { roomItems, roomModel } from "../kit/talk_scenes.ts";

const PAINTS = 300;
const ROUNDS = 5;
const MESSAGES = 5_000;

function items(count: number): readonly Item[] {
  const text = "**lunch** at `noon`? the place with the noodles: https://example.org/noodles";
  return Array.from({ length: count }, () => said("bob", text, { peer: OPS }));
}

/** The best of some rounds: the others had company. */
function paintMicroseconds(columns: number, rows: number, model = roomModel()): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const screen = new CellScreen({ synchronized: true });
    const started = process.cpuUsage();
    for (let i = 0; i < PAINTS; i++) {
      const { grid, cursor } = paintScene(sceneOf(model, columns, rows, "typed ".slice(0, i % 7)));
      screen.paint(grid, { cursor, pictures: [] });
    }
    best = Math.min(best, process.cpuUsage(started).user / PAINTS);
  }
  return best;
}

const long = roomModel(items(MESSAGES));
for (const [columns, rows] of [[80, 24], [100, 28], [120, 40], [200, 60]] as const) {
  const few = paintMicroseconds(columns, rows);
  const many = paintMicroseconds(columns, rows, long);
  console.log(
    `${columns}×${rows}`.padEnd(10) +
      `${few.toFixed(0)} µs with ${roomItems().length} messages, ` +
      `${many.toFixed(0)} µs with ${MESSAGES}`,
  );
}
