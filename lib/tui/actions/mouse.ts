/** What the mouse does. Each of it has a key too (`MOUSE_ROWS`). */

import { isInside } from "../../terminal/cells/cell_grid.ts";
import type { Key } from "../../terminal/input/key.ts";
import { scrollBy } from "./actions.ts";
import type { App } from "../conversations/app.ts";
import { openAsks } from "../panels/ask_panel.ts";
import type { MouseAction } from "../keys/keys.ts";
import type { ListTarget } from "../panes/list_pane.ts";
import { clickMessage } from "./message_actions.ts";
import { openNeighbour, openPlace } from "../../app/conversations/moving.ts";
import { goTo } from "../panels/switching.ts";
import type { Painted } from "../panes/view.ts";

type Mouse = Key & { readonly kind: "mouse" };

/** A press of the first button, or a step of the wheel: -1 up, 1 down. */
type Gesture = "press" | -1 | 1;

/** Where the mouse was, and what it did there. */
interface MouseHandler {
  readonly painted: Painted;
  readonly column: number;
  readonly row: number;
  /** -1, 1, or 0 for a press. */
  readonly wheel: number;
}

const WHEEL_UP = 64;
const WHEEL_DOWN = 65;
const WHEEL_ROWS = 3;

const HANDLERS: Readonly<Record<MouseAction, (app: App, handler: MouseHandler) => void>> = {
  "choose": (app, { painted: { panel: drawn }, row }) => {
    const { panel } = app;
    if (panel === undefined || drawn === undefined) return;
    app.settle(panel, panel.click(drawn.firstRow + row - drawn.body.row));
  },
  "scroll-panel": (app, { wheel }) => app.panel?.scroll(wheel * WHEEL_ROWS),
  "open": (app, { painted: { layout, listed }, row }) => {
    const target = listed[row - layout.list.row];
    if (target === undefined || "fold" in target) return;
    if ("more" in target) return goTo(app);
    app.change((model) => openPlace(model, target.place));
  },
  "fold": (app, { painted: { layout, listed }, row }) => {
    const target = listed[row - layout.list.row];
    if (target !== undefined && "fold" in target) app.inbox.fold(target.fold);
  },
  "neighbour": (app, { wheel }) => app.change((model) => openNeighbour(model, wheel < 0 ? -1 : 1)),
  "scroll": (app, { wheel }) => scrollBy(app, wheel * WHEEL_ROWS),
  "pick": (app, { painted: { layout, keys }, row }) => {
    const key = keys[row - layout.timeline.row];
    if (key !== undefined) clickMessage(app, key);
  },
  "answer": openAsks,
  "video-keys": (app) => app.video?.toggleKeys(),
  "seek": (app, { painted: { track }, column }) => {
    app.video?.seek((column - track.column) / Math.max(1, track.widthCells - 1));
  },
};

/** A click or a turn of the wheel, where it was made. */
export function click(app: App, key: Mouse): void {
  const { painted } = app.canvas;
  const gesture = gestureOf(key);
  if (painted === undefined || gesture === undefined) return;
  const action = app.panel === undefined
    ? onPanes(painted, key, gesture)
    : onPanel(painted, key, gesture);
  if (action === undefined) return;
  HANDLERS[action](app, {
    painted,
    column: key.column,
    row: key.row,
    wheel: gesture === "press" ? 0 : gesture,
  });
}

function gestureOf({ button, pressed }: Mouse): Gesture | undefined {
  if (button === WHEEL_UP) return -1;
  if (button === WHEEL_DOWN) return 1;
  return pressed && button === 0 ? "press" : undefined;
}

/** While a panel is open everything is its. */
function onPanel(
  { panel }: Painted,
  { column, row }: Mouse,
  gesture: Gesture,
): MouseAction | undefined {
  if (gesture !== "press") return "scroll-panel";
  return panel !== undefined && isInside(panel.body, column, row) ? "choose" : undefined;
}

function onList(target: ListTarget | undefined): MouseAction | undefined {
  if (target === undefined) return undefined;
  return "fold" in target ? "fold" : "open";
}

function onPanes(
  { layout, listed, track }: Painted,
  { column, row }: Mouse,
  gesture: Gesture,
): MouseAction | undefined {
  if (isInside(track, column, row)) return gesture === "press" ? "seek" : undefined;
  const isPress = gesture === "press";
  if (isInside(layout.asks, column, row)) return isPress ? "answer" : undefined;
  if (isInside(layout.list, column, row)) {
    return isPress ? onList(listed[row - layout.list.row]) : "neighbour";
  }
  if (isInside(layout.timeline, column, row)) return isPress ? "pick" : "scroll";
  return isPress && isInside(layout.video, column, row) ? "video-keys" : undefined;
}
