import { deepEqual, equal, match } from "node:assert/strict";
import { VideoBar } from "../../../../lib/tui/panes/video_bar.ts";

const COUNTED = {
  drawn: 0,
  dropped: 0,
  refused: 0,
  pictureBytes: 0,
  paintMs: 3.14,
  roundTripMs: 4.25,
};

Deno.test("video bar says what plays and its keys, and with i how the drawing goes", () => {
  const bar = new VideoBar();
  bar.tell("cockatoo  thirds  0:05/0:11  240p  93/280", "space pause");
  const facts = { hasKeys: true, method: "sixel", statistics: COUNTED, nowMs: 0 };
  equal(bar.rows(facts).length, 1);
  match(bar.rows(facts)[0].keys, /space pause · f size · g drawing · i facts/);
  bar.toggleFacts();
  // A second of 25 pictures, of which 5 are dropped.
  for (let i = 1; i <= 25; i++) {
    bar.count();
    const drawn = Math.ceil(i * 0.8);
    const statistics = { ...COUNTED, drawn, dropped: i - drawn, pictureBytes: drawn * 100_000 };
    bar.rows({ ...facts, statistics, nowMs: i * 40 });
  }
  const statistics = { ...COUNTED, drawn: 20, dropped: 5, pictureBytes: 2_000_000 };
  deepEqual(bar.rows({ ...facts, statistics, nowMs: 1000 }).map(({ words }) => words), [
    "cockatoo  thirds  0:05/0:11  240p  93/280",
    "sixel  a second: 25.0 sent, 20.0 drawn, 5.0 dropped",
    "100 kB each, 2.00 MB/s  paint 3.1 ms  terminal 4.3 ms  20 drawn, 5 dropped",
  ]);
  bar.toggleFacts();
  equal(bar.rows(facts).length, 1);
});

Deno.test("video bar tells of pictures that a terminal fetches from a file what was written", () => {
  const bar = new VideoBar();
  bar.toggleFacts();
  const facts = { hasKeys: true, method: "kitty", nowMs: 0 };
  bar.rows({ ...facts, statistics: COUNTED });
  const statistics = { ...COUNTED, drawn: 20, pictureBytes: 20 * 96 };
  match(bar.rows({ ...facts, statistics, nowMs: 1000 })[2].words, /^96 bytes each, 1\.9 kB\/s/);
});

Deno.test("video bar says that a terminal does not answer instead of inventing a round trip", () => {
  const bar = new VideoBar();
  bar.toggleFacts();
  const statistics = { ...COUNTED, paintMs: undefined, roundTripMs: undefined };
  const rows = bar.rows({ hasKeys: true, method: "blocks", statistics, nowMs: 0 });
  match(rows[2].words, /terminal does not say/);
});
