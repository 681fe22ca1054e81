import { ok } from "node:assert/strict";
import type { StreamId, TransferId } from "../../lib/base/ids.ts";
import {
  type Card,
  type CardId,
  fileCards,
  type MovingTransfer,
} from "../../lib/app/conversations/cards.ts";
import type { Item, Model } from "../../lib/app/conversations/model.ts";
import { addItem, addOlder } from "../../lib/app/conversations/update.ts";
import type { Transfer } from "../../lib/client/transfers/transfer.ts";
import { BIG_BYTES, moving, streamed } from "../kit/cards.ts";
import { golden } from "../kit/golden.ts";
import { at, BOB, busyModel, line, OPS, said, sceneOf, show } from "../kit/scenes.ts";

/** Where a card begins, in the conversation with bob. */
function begins(id: string, facts: Parameters<typeof said>[2] = {}): Item {
  const isStream = id.startsWith("s");
  const about = isStream ? { stream: id as StreamId } : { transfer: id as TransferId };
  const code = isStream ? "stream-offer" : "file-offer";
  return said("bob", "bob offers you something", {
    ...{ kind: "notice", id: code, atMs: at(19, 1), ...about, ...facts },
  });
}

function withCards(items: readonly Item[], cards: ReadonlyMap<CardId, Card>): Model {
  let model = addOlder(busyModel(), BOB, { items: [], isWhole: true, cards });
  for (const item of items) model = addItem(model, BOB, item);
  return model;
}

const MOVING: readonly MovingTransfer[] = [
  moving({ id: "f1", state: { state: "offered" } }),
  moving({
    ...{ id: "f2", number: 2, path: "example1.mp4", direction: "out" },
    ...{ state: { state: "uploading" }, movedBytes: 156_000_000, rate: 17_000_000 },
  }),
  moving({
    ...{ id: "f3", number: 3, path: "a long name of a file that needs room.tar.gz" },
    ...{ state: { state: "receiving" }, movedBytes: BIG_BYTES / 10, rate: 900_000 },
  }),
  moving({
    ...{ id: "f4", number: 4, path: "slow.iso", movedBytes: BIG_BYTES / 2 },
    state: {
      state: "paused",
      by: "here",
      why: "The disk is full",
      until: "room",
      was: "receiving",
    },
  }),
];
const OVER: readonly MovingTransfer[] = [
  moving({ id: "f5", number: 5, state: { state: "done" }, finished: ["/home/a/big.bin"] }),
  moving({ id: "f6", number: 6, direction: "out", path: "b.pdf", state: { state: "declined" } }),
  moving({
    ...{ id: "f7", number: 7, path: "c.pdf" },
    state: { state: "cancelled", by: "here", reason: "damaged" },
  }),
];

const STREAMS: readonly (readonly [string, Parameters<typeof streamed>[0]])[] = [
  ["s1", { isLate: true }],
  ["s2", { state: "over", ended: "left" }],
  ["s3", { state: "accepted", live: { pause: "sender" } }],
  ["s4", { direction: "out", source: "screen", live: { watchers: 1 } }],
];

const IDS = [...MOVING, ...OVER].map(({ transfer }) => transfer.id);
const cardsOf = (all: readonly MovingTransfer[]): ReadonlyMap<CardId, Card> =>
  new Map<CardId, Card>([
    ...fileCards(all),
    ...STREAMS.map(([id, facts]) =>
      [id as CardId, streamed({ id: id as StreamId, ...facts })] as const
    ),
  ]);

const scene = (columns: number, rows: number) =>
  sceneOf(
    withCards(
      [...IDS, ...STREAMS.map(([id]) => id)].map((id) => begins(id)),
      cardsOf([...MOVING, ...OVER]),
    ),
    columns,
    rows,
  );

for (const [columns, rows] of [[80, 24], [120, 40], [40, 30], [20, 12]] as const) {
  Deno.test(`U6: files and streams of ${columns}×${rows} are one card each, whatever their state`, async () => {
    await golden(`cards_${columns}x${rows}`, await show(scene(columns, rows)));
  });
}

Deno.test("U6: a card with the cursor says what the keys do, and asks before it cancels", async () => {
  const shown = scene(80, 24);
  const items = shown.model.pages.get(BOB)?.items ?? [];
  const picked = (id: string) => {
    const item = items.find((one) => one.kind === "entry" && one.entry.transfer === id);
    ok(item);
    return {
      ...shown,
      look: { ...shown.look, selected: item.key },
      about: { ...shown.about, item },
    };
  };
  const bannerOf = async (of: ReturnType<typeof picked>) => (await show(of)).at(-3) ?? "";
  const banners = await Promise.all(["f1", "f2", "f4", "f5"].map((id) => bannerOf(picked(id))));
  const expected = [
    "y accept it  n decline it  esc back",
    "p pause  x cancel  esc back",
    "r resume  x cancel  esc back",
    "enter open the folder  o open  esc back",
  ];
  for (const [i, words] of expected.entries()) ok(banners[i].includes(words), banners[i]);
  const rows = await show(picked("f5"));
  ok(rows.some((row) => row.includes("300 MB · verified · enter opens the folder")));
  const moving = picked("f2");
  const sure = await show({ ...moving, about: { ...moving.about, sure: "cancel" } });
  ok(sure.some((row) => row.includes("x cancels · any other key does not")), sure.join("\n"));
});

Deno.test("U6: what became of files stands on their card, not in lines below it", async () => {
  const later = (id: string, text: string, transfer?: string) =>
    said("bob", text, {
      ...{ kind: "notice", id, atMs: at(19, 2) },
      ...transfer !== undefined && { transfer: transfer as TransferId },
    });
  const items = [
    begins("f5"),
    later("file-paused", "bob paused transfer 5", "f5"),
    later("file-received", "Received big.bin from bob, verified: /home/a/big.bin", "f5"),
    // What has no card here, of an older program or of a transfer that began there, stays a line.
    later("file-done", "old.bin has uploaded: transfer completed!", "f0"),
    later("file-refused", "bob offers files that cannot be taken"),
    line("* an own line"),
  ];
  const rows = (await show(sceneOf(withCards(items, cardsOf(OVER)), 80, 24))).join("\n");
  ok(rows.includes("✓ big.bin · 300 MB · verified"), rows);
  ok(!rows.includes("paused transfer 5") && !rows.includes("Received big.bin"), rows);
  ok(rows.includes("old.bin has uploaded") && rows.includes("cannot be taken"), rows);
  // Where the card may stand further up, it is not known that there is none.
  const model = withCards(items, cardsOf(OVER));
  const page = { ...model.pages.get(BOB), isWhole: false } as NonNullable<
    ReturnType<Model["pages"]["get"]>
  >;
  const partly = { ...model, pages: new Map(model.pages).set(BOB, page) };
  ok(!(await show(sceneOf(partly, 80, 24))).join("\n").includes("old.bin has uploaded"));
});

Deno.test("SR-68: a card keeps its rows against any name", async () => {
  const names = [
    "\x1b[2J\x1b[1;1Hgone",
    `e${"\u0301".repeat(10_000)}`,
    "x".repeat(1_000_000),
    "a\nb",
  ];
  for (const path of names) {
    const state: Transfer["state"] = { state: "receiving" };
    const bad = moving({ id: "f9", path, state, movedBytes: 9, room: OPS });
    for (const [columns, rows] of [[80, 24], [20, 8], [1, 1]] as const) {
      const model = withCards([begins("f9")], cardsOf([bad]));
      const seen = await show(sceneOf(model, columns, rows));
      if (columns < 80) continue;
      ok(seen.at(-1)?.startsWith(" ● online"), seen.join("\n"));
      ok(seen.some((row) => row.includes("⇣ ")), seen.join("\n"));
    }
  }
});
