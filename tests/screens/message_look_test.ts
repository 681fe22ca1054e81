import { ok } from "node:assert/strict";
import type { AccountId } from "../../lib/base/ids.ts";
import { scrollTo } from "../../lib/app/conversations/moving.ts";
import { quoteOf } from "../../lib/tui/timeline/item_words.ts";
import { paintScene, type Scene } from "../../lib/tui/panes/view.ts";
import { timelineOf } from "../../lib/tui/panes/timeline_pane.ts";
import { THEMES } from "../../lib/tui/theme/theme.ts";
import { golden } from "../kit/golden.ts";
import { at, NAMES, OPS, said, sceneOf, show } from "../kit/scenes.ts";
import { roomItems, roomModel } from "../kit/talk_scenes.ts";

/** As it is while a message is picked. */
function picked(scene: Scene, at: number): Scene {
  const item = roomItemsOf(scene)[at];
  const anchor = timelineOf(scene, paintScene(scene).layout.timeline).revealing(item.key, 18);
  return {
    ...scene,
    model: scrollTo(scene.model, anchor),
    look: { ...scene.look, selected: item.key },
    about: { ...scene.about, item },
  };
}

const roomItemsOf = ({ model }: Scene) => model.pages.get(OPS)?.items ?? [];

for (const [columns, rows] of [[80, 24], [120, 40], [40, 16], [20, 8]] as const) {
  Deno.test(`timeline of ${columns}×${rows} shows answers, emoji, edits and deletions where they belong`, async () => {
    await golden(`room_${columns}x${rows}`, await show(sceneOf(roomModel(), columns, rows)));
  });
}

Deno.test("timeline shows the picked message with a bar, who reacted, and what the keys do", async () => {
  await golden("picked_80x24", await show(picked(sceneOf(roomModel(), 80, 24), 0)));
});

Deno.test("timeline shows a picked own message with what can be done to it, and asks before it deletes", async () => {
  const scene = picked(sceneOf(roomModel(), 80, 24), 4);
  await golden("picked_own_80x24", await show(scene));
  const rows = await show({ ...scene, about: { ...scene.about, sure: "delete" } });
  ok(rows.some((row) => row.includes("Delete it for everybody? d deletes")), rows.join("\n"));
});

Deno.test("timeline shows a long text whole where it is unfolded", async () => {
  const scene = picked(sceneOf(roomModel(), 80, 24), 6);
  const { key } = roomItemsOf(scene)[6];
  const look = { ...scene.look, unfolded: new Set([key]) };
  const about = { ...scene.about, isUnfolded: true };
  await golden("unfolded_80x24", await show({ ...scene, look, about }));
});

Deno.test("line that is typed says above it what it becomes: an answer, or an edit", async () => {
  const scene = sceneOf(roomModel(), 80, 24, "yes, at noon");
  const item = roomItems()[0];
  const about = quoteOf({ target: item.entry }, NAMES);
  for (const kind of ["reply", "edit"] as const) {
    const aim = { kind, id: item.entry.id, about, text: item.entry.text };
    const rows = await show({ ...scene, about: { ...scene.about, aim } });
    await golden(`${kind}_80x24`, rows.slice(-6));
  }
});

Deno.test("timeline shows bold, code, blocks of it and quotes without their marks", async () => {
  const text = "**Deploy at noon**, read `docs/deploy.sh`, _please_:\n```sh\ngit fetch origin\n" +
    "git merge --ff-only origin/main\n```\n> who does it?\nsee https://example.org/deploy";
  const scene = sceneOf(roomModel([said("bob", text, { peer: OPS, atMs: at(9, 0) })]), 80, 24);
  await golden("marked_80x24", await show(scene));
  const links = [];
  const { grid } = paintScene(scene);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const link = grid.linkAt(column, row);
      if (link !== undefined) links.push(link.address);
    }
  }
  ok(links.length === 26 && links.every((one) => one === "https://example.org/deploy"));
});

Deno.test("timeline shows who came and went faint in the middle, with its time, below the names of nobody", async () => {
  const notice = (id: string, text: string, minute: number) =>
    said("bob", text, { peer: OPS, kind: "notice", id, atMs: at(9, minute) });
  const items = [
    said("bob", "who is on call?", { peer: OPS, atMs: at(9, 0) }),
    notice("entered", "carol joined (invited by bob)", 1),
    notice("members-changed", "dave left", 2),
    // No text begins where these do.
    said("carol", "09:03              * dave joined", { peer: OPS, atMs: at(9, 3) }),
    notice("about", `bob set the topic: ${"who does what and when ".repeat(4)}`, 4),
    notice("identity-changed", "bob has a new identity: compare the numbers again", 5),
  ];
  for (const [columns, rows] of [[80, 24], [40, 16]] as const) {
    const scene = sceneOf(roomModel(items), columns, rows);
    await golden(`service_lines_${columns}x${rows}`, await show(scene));
  }
  const { grid } = paintScene(sceneOf(roomModel(items), 80, 24));
  const words = (row: number) =>
    Array.from({ length: grid.columns }, (_, column) => grid.textAt(column, row)).join("");
  const row = Array.from({ length: grid.rows }, (_, i) => i)
    .find((i) => words(i).includes("dave left")) ?? NaN;
  ok(grid.styleAt(words(row).indexOf("dave left"), row) === THEMES.dark.faint);
});

const UNDERLINE = /(?:^|;)4(?:;|$)/;

Deno.test("bar left of a text that names the person is no underline in any theme", () => {
  for (const theme of Object.values(THEMES)) {
    const scene = { ...sceneOf(roomModel(), 80, 24), theme };
    const { grid } = paintScene(scene);
    const bars = Array.from({ length: grid.rows }, (_, row) => row)
      .filter((row) => grid.textAt(19, row) === "▎").map((row) => grid.styleAt(19, row));
    ok(
      bars.length > 0 && bars.every((style) => !UNDERLINE.test(style.replace(/[34]8;5;\d+/g, ""))),
      `${bars.length}`,
    );
  }
});

Deno.test("timeline shows where what was searched for stands", async () => {
  const scene = picked(sceneOf(roomModel(), 80, 24), 0);
  const item = roomItemsOf(scene)[0];
  const found = { key: item.key, words: "NOODLES" };
  const entries = item.kind === "entry" ? [item.entry] : [];
  const marked = {
    ...scene,
    look: { ...scene.look, found },
    about: { ...scene.about, found: { words: "NOODLES", entries, at: 0 } },
  };
  const { grid } = paintScene(marked);
  let words = "";
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      if (grid.styleAt(column, row) === THEMES.dark.match) words += grid.textAt(column, row);
    }
  }
  ok(words === "noodles", words);
  ok((await show(marked)).some((row) => row.includes("n older 1/1  N newer")));
});

Deno.test("SR-70: no name in the timeline reads as one with a compared number or as somebody online", async () => {
  for (const name of ["bob ✓", "bob ●", "bob ✓ ●"]) {
    const items = [said(name, "send me the key", { peer: OPS, atMs: at(9, 0) })];
    const rows = await show(sceneOf(roomModel(items), 80, 24));
    ok(rows.some((row) => row.includes(`09:00 "${name}"`)), rows.join("\n"));
  }
});

const HOSTILE: Readonly<Record<string, string>> = {
  "escape sequences": "\x1b[2J\x1b[1;1Hgone\x1b]0;title\x07\x9b31m",
  "10,000 combining marks": `e${"\u0301".repeat(10_000)}`,
  "a line of 1 MB": "x".repeat(1_048_576),
  "100,000 line breaks": "\n".repeat(100_000),
};

for (const [what, text] of Object.entries(HOSTILE)) {
  Deno.test(`SR-68: quotes, emoji and banners keep their rows against ${what}`, async () => {
    const bad = said("bob", text, { peer: OPS, atMs: at(9, 0) });
    const answer = said("carol", "yes", {
      ...{ peer: OPS, replyTo: bad.entry.id, target: bad.entry, atMs: at(9, 1) },
      reactions: [{ account: "dave" as AccountId, emojis: [text.slice(0, 1_000), "👍"] }],
    });
    for (const [columns, rows] of [[80, 24], [20, 8], [1, 1]] as const) {
      const scene = sceneOf(roomModel([bad, answer]), columns, rows);
      const aim = {
        ...{ kind: "reply", id: bad.entry.id, text } as const,
        about: quoteOf({ target: bad.entry }, NAMES),
      };
      const seen = await show({ ...scene, about: { ...scene.about, aim } });
      if (columns < 80) continue;
      ok(seen.at(-1)?.startsWith(" ● online"), seen.join("\n"));
      ok(seen.some((row) => row.includes("↩ reply to bob:")), seen.join("\n"));
      ok(seen.some((row) => /│ +╭ bob:/.test(row)), seen.join("\n"));
    }
  });
}
