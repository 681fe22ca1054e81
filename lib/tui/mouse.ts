/** What the mouse does. Each of it has a key too. */

import { isInside } from "../terminal/cell_area.ts";
import type { Key } from "../terminal/key.ts";
import { scrollBy } from "./actions.ts";
import type { App } from "./app.ts";
import { openAsks } from "./ask_panel.ts";
import { openNeighbour, openPlace } from "./update.ts";

const WHEEL_UP = 64;
const WHEEL_DOWN = 65;
const WHEEL_ROWS = 3;

/** A click or a turn of the wheel, where it was made. */
export function click(app: App, key: Key & { kind: "mouse" }): void {
  const painted = app.canvas.painted;
  if (painted === undefined) return;
  const { layout, panel: drawn, listed } = painted;
  const { column, row, button } = key;
  const wheel = button === WHEEL_UP ? -1 : button === WHEEL_DOWN ? 1 : 0;
  const { panel } = app;
  if (panel !== undefined && drawn !== undefined) {
    if (wheel !== 0) panel.scroll(wheel * WHEEL_ROWS);
    else if (isPress(key) && isInside(drawn.body, column, row)) {
      app.settle(panel, panel.click(drawn.firstRow + row - drawn.body.row));
    }
    return;
  }
  if (isInside(layout.asks, column, row)) {
    if (isPress(key)) openAsks(app);
  } else if (isInside(layout.list, column, row)) {
    if (wheel !== 0) return app.change((model) => openNeighbour(model, wheel < 0 ? -1 : 1));
    const opens = isPress(key) ? listed[row - layout.list.row] : undefined;
    if (opens !== undefined) app.change((model) => openPlace(model, opens.place));
  } else if (isInside(layout.timeline, column, row) && wheel !== 0) {
    scrollBy(app, wheel * WHEEL_ROWS);
  } else if (isInside(layout.video, column, row) && isPress(key)) app.video?.toggleKeys();
}

function isPress({ button, pressed }: Key & { kind: "mouse" }): boolean {
  return pressed && button === 0;
}
