import { equal, ok } from "node:assert/strict";
import { WorkerPainter } from "../../../lib/screen/worker_painter.ts";
import { PLAIN_TERMINAL, realFrame } from "../../kit/screens.ts";

/** A terminal is read all the time, which keeps the program alive; on Deno 2.4.2 a Worker alone does not. */
function readTerminal(): Disposable {
  const reading = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(reading) };
}

const placement = { column: 0, row: 0, widthCells: 20, heightCells: 8, widthPx: 20, heightPx: 16 };

for (const method of ["blocks", "sixel", "kitty", "iterm2"] as const) {
  Deno.test(`painter in its Worker erases nothing as often as it is asked, and paints after that: ${method}`, async () => {
    using _reading = readTerminal();
    const painter = await WorkerPainter.open({ method, capabilities: PLAIN_TERMINAL });
    try {
      for (let i = 0; i < 3; i++) equal((await painter.erase()).length, 0);
      for (let i = 0; i < 3; i++) {
        const painted = await painter.paint(realFrame(i), {
          ...placement,
          column: i,
          ...(method === "blocks" ? {} : { widthPx: 160, heightPx: 144 }),
        });
        ok(painted.ok && painted.bytes.length > 0);
        // Its memory goes at once, and not when the collector comes.
        painter.release(painted.bytes);
        equal(painted.bytes.length, 0);
      }
      ok((await painter.erase()).length > 0);
      equal((await painter.erase()).length, 0);
    } finally {
      await painter.close();
    }
  });
}
