/** Full screens for tests: a model with some people in it, and what a terminal shows of it. */

import type { AccountId, Peer, RoomHandle } from "../../lib/base/ids.ts";
import { CellScreen } from "../../lib/terminal/cells/cell_screen.ts";
import { layOutText } from "../../lib/tui/panes/composer.ts";
import { type ListedPeer, usualNotify } from "../../lib/app/conversations/listed_peers.ts";
import { type Item, type Model, newModel } from "../../lib/app/conversations/model.ts";
import { THEMES } from "../../lib/tui/theme/theme.ts";
import { openPlace } from "../../lib/app/conversations/moving.ts";
import { addItem, takeEvent } from "../../lib/app/conversations/update.ts";
import type { PlacedEntry } from "../../lib/client/store/history.ts";
import type { EntryFacts } from "../../lib/client/talk/facts.ts";
import type { Names } from "../../lib/app/talk/entry_words.ts";
import { type Painted, paintScene, type Scene } from "../../lib/tui/panes/view.ts";
import { ShownTerminal } from "./cells.ts";

// Names of accounts that every parser would pass.
export const ALICE = "alice" as AccountId;
export const BOB = "bob" as AccountId;
export const CAROL = "carol" as AccountId;
export const OPS = "#7" as RoomHandle;

/** Local time, so that screens are the same in every zone. */
export function at(hour: number, minute: number, day = 20): number {
  return new Date(2026, 10, day, hour, minute).getTime();
}

export function listed(peer: Peer, facts: Partial<ListedPeer> = {}): ListedPeer {
  return {
    peer,
    name: peer,
    typed: peer,
    presence: "here",
    trust: "unverified",
    about: "",
    notify: usualNotify(peer),
    isPinned: false,
    ...facts,
  };
}

let places = 0;

/** What somebody says; `own` is said by the person. In a room `number` is the room's. */
export function said(
  from: string,
  text: string,
  { peer = from as AccountId, mentions = false, delivery, reactions = [], target, ...entry }:
    & Partial<PlacedEntry>
    & Partial<EntryFacts>
    & { mentions?: boolean } = {},
): Extract<Item, { kind: "entry" }> {
  const place = entry.place ?? ++places;
  return {
    kind: "entry",
    key: `said ${place}`,
    mentions,
    entry: {
      place,
      id: `id ${place}`,
      conversation: undefined,
      peer,
      from: from as AccountId,
      device: undefined,
      own: false,
      kind: "text",
      text,
      sentAtMs: at(18, 59),
      atMs: at(18, 59),
      ...entry,
    },
    facts: { delivery, reactions, target },
  };
}

export function line(text: string, key = text): Item {
  return { kind: "line", key, text, atMs: at(19, 0), isAnswer: text.startsWith("> ") };
}

export function withPeers(model: Model, peers: readonly ListedPeer[]): Model {
  return takeEvent(model, { type: "list", peers });
}

/** What stands there. */
export function textOf(item: Item): string {
  return item.kind === "line" ? item.text : item.entry.text;
}

/** Everybody is called what they are; bob was compared. */
export const NAMES: Names = {
  nameOf: (peer) => peer,
  isVerified: (peer) => peer === BOB,
  emoticons: false,
};

/** Bob is open, carol has written twice, one of them is away, in a room somebody called. */
export function busyModel(): Model {
  let model = newModel({ name: "alice", account: ALICE }, at(19, 5));
  model = { ...model, connection: "online" };
  const peers = [
    listed(BOB, { trust: "verified" }),
    listed(CAROL, { presence: "away" }),
    listed("dave" as AccountId, { presence: "busy", trust: "changed" }),
    listed(OPS, { name: "#ops", typed: "#ops", presence: "room", about: "what runs where" }),
  ];
  model = withPeers(model, peers);
  model = openPlace(model, BOB);
  const own = said("alice", "shall we watch something?", {
    ...{ peer: BOB, own: true, atMs: at(18, 57) },
  });
  model = addItem(
    model,
    BOB,
    said("bob", "good morning", { atMs: at(9, 30, 19) }),
  );
  model = addItem(model, BOB, own);
  const long =
    "the one with the cockatoo, and then the one that you told me of last week: 漢字 too 🙂";
  model = addItem(model, BOB, said("bob", long));
  model = addItem(model, BOB, line("* bob is busy since 18:30: cooking"));
  model = addItem(model, CAROL, said("carol", "are you there?"));
  model = addItem(model, CAROL, said("carol", "hello?"));
  model = addItem(
    model,
    OPS,
    said("bob", "alice: the disk is full", { peer: OPS, mentions: true }),
  );
  return model;
}

/** A scene of a model, of any size. */
export function sceneOf(model: Model, columns: number, rows: number, typed = ""): Scene {
  const graphemes = typed.split("");
  return {
    model,
    size: { columns, rows },
    showsList: true,
    pictures: undefined,
    look: { selected: undefined, unfolded: new Set(), found: undefined },
    about: {
      aim: undefined,
      item: undefined,
      sure: undefined,
      isUnfolded: false,
      found: undefined,
      note: "",
    },
    names: NAMES,
    theme: THEMES.dark,
    compose: (widthCells) => layOutText(graphemes, graphemes.length, Math.max(2, widthCells)),
    panel: undefined,
    hint: "? help",
    notice: "",
    video: undefined,
  };
}

/** What a terminal shows of it, row by row; `▏` stands before the cell with the cursor. */
export async function show(scene: Scene): Promise<string[]> {
  const painted = paintScene(scene);
  return await showGrid(painted);
}

export async function showGrid({ grid, cursor }: Painted): Promise<string[]> {
  using shown = new ShownTerminal(grid.columns, grid.rows);
  await shown.write(new CellScreen({ synchronized: true }).paint(grid, { cursor, pictures: [] }));
  return readRows(shown, grid.columns, grid.rows);
}

/** The rows of a terminal as text, without the blanks at their ends. */
export function readRows(shown: ShownTerminal, columns: number, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => {
    let text = "";
    for (let column = 0; column < columns; column++) {
      if (shown.isSecondHalf(column, row)) continue;
      text += shown.cell(column, row).text;
    }
    return text.trimEnd();
  });
}
