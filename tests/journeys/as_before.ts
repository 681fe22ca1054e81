/** What a terminal is like after the full screen. */

import { equal, ok } from "node:assert/strict";
import type { Pane } from "../kit/tmux.ts";

/** The terminal is as it was, and shows what it showed. */
export async function isAsBefore(pane: Pane): Promise<void> {
  const { before, after } = await pane.stty();
  equal(after, before);
  const { alternate, mouse, cursor, paste } = await pane.modes();
  equal(alternate, "0", "the other screen is left");
  equal(mouse, "0", "the mouse is given back");
  equal(cursor, "1", "the cursor is shown");
  ok(paste === "0" || paste === "", "pastes are not bracketed");
  // What stood there before stands there again.
  await pane.see(/^shell before$/);
}
