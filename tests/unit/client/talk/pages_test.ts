import assert from "node:assert/strict";
import { History, type HistoryEntry } from "../../../../lib/client/store/history.ts";
import type { HistoryVault } from "../../../../lib/client/store/history_rows.ts";
import { readPage } from "../../../../lib/client/talk/pages.ts";
import { HISTORY_BLOCK_ROWS } from "../../../../lib/crypto/sealing/history_block.ts";
import { accountId, entry, TestStore } from "../profile_kit.ts";

const YES = () => true;
const [BOB, CAROL] = ["bob", "carol"].map(accountId);
const TEXTS = ["text"] as const;

const texts = (entries: readonly HistoryEntry[]) => entries.map(({ text }) => text);

/** Which blocks were opened, each time. */
function watch(vault: HistoryVault) {
  const opened: number[] = [];
  const watched: HistoryVault = {
    sealHistory: (table, place, plaintext) => vault.sealHistory(table, place, plaintext),
    openHistory: (table, place, sealed) => {
      if (table.startsWith("block.")) opened.push(place);
      return vault.openHistory(table, place, sealed);
    },
  };
  return { watched, take: () => opened.splice(0) };
}

/** 40 blocks of bob's, in which carol speaks now and then; times go up by a second. */
async function openLong(store: TestStore, carolAt: readonly number[]) {
  const { watched, take } = watch(store.vault);
  const history = new History(store.database(), watched);
  const total = 40 * HISTORY_BLOCK_ROWS;
  for (let first = 1; first <= total; first += HISTORY_BLOCK_ROWS) {
    const rows = Array.from({ length: HISTORY_BLOCK_ROWS }, (_, i) => {
      const place = first + i;
      return entry(`${place}`, {
        id: place.toString(16).padStart(32, "0"),
        peer: carolAt.includes(place) ? CAROL : BOB,
        atMs: place * 1000,
      });
    });
    await history.append(rows, YES);
  }
  take();
  return { history, total, take };
}

Deno.test("a page opens only the blocks that hold one of its entries, however rare they are", async () => {
  await using store = await TestStore.open();
  const carolAt = [5, 3000, 3001, 9000];
  const { history, total, take } = await openLong(store, carolAt);
  const page = (more: object) => readPage(history, { about: CAROL, kinds: TEXTS, ...more });
  assert.deepEqual(texts(await page({})), ["5", "3000", "3001", "9000"]);
  assert.equal(new Set(take()).size, 3, "one block for each place where carol spoke");
  assert.deepEqual(texts(await page({ limit: 1 })), ["9000"]);
  assert.equal(take().length, 1);
  assert.deepEqual(texts(await page({ limit: 2, before: { place: 9000 } })), ["3000", "3001"]);
  assert.equal(take().length, 1);
  assert.deepEqual(await page({ before: { place: 5 } }), []);
  assert.deepEqual(await readPage(history, { about: accountId("dave"), kinds: TEXTS }), []);
  assert.deepEqual(take(), [], "who never spoke costs nothing");
  const last = await readPage(history, { about: BOB, kinds: TEXTS, limit: 20 });
  assert.deepEqual(texts(last).at(-1), `${total}`);
  assert.equal(take().length, 1);
});

Deno.test("a page before a time opens no more than lies behind it, and a little before", async () => {
  await using store = await TestStore.open();
  const { history, total, take } = await openLong(store, []);
  const all = { about: undefined, kinds: TEXTS } as const;
  const before = { ms: (total - 1) * 1000 };
  assert.deepEqual(texts(await readPage(history, { ...all, limit: 2, before })), [
    `${total - 3}`,
    `${total - 2}`,
  ]);
  assert.equal(new Set(take()).size, 1);
  const since = await readPage(history, { ...all, sinceMs: (total - 2) * 1000 });
  assert.deepEqual(texts(since), [`${total - 2}`, `${total - 1}`, `${total}`]);
});

Deno.test("pages follow on each other without a gap or a double", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const all = Array.from({ length: 700 }, (_, i) => `text ${i}`);
  for (let at = 0; at < all.length; at += 50) {
    await history.append(all.slice(at, at + 50).map((text) => entry(text)), YES);
  }
  const read: string[] = [];
  let before: { place: number } | undefined;
  for (;;) {
    const page = await readPage(history, { about: BOB, kinds: TEXTS, limit: 37, before });
    if (page.length === 0) break;
    read.unshift(...texts(page));
    before = { place: page[0].place };
  }
  assert.deepEqual(read, all);
});

Deno.test("texts have their numbers in their conversation, which erasing others does not change", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const say = (text: string, peer = BOB) => history.append([entry(text, { peer })], YES);
  for (const text of ["one", "two", "three"]) await say(text);
  await say("carol's", CAROL);
  await history.append([entry("joined", { kind: "notice" })], YES);
  await history.rewrite([3], () => undefined);
  await say("four");
  const numbers = async (peer = BOB) =>
    (await history.latest({ limit: 9, peer })).map(({ text, number }) => [text, number]);
  assert.deepEqual(await numbers(), [["one", 1], ["two", 2], ["joined", undefined], ["four", 4]]);
  assert.deepEqual(await numbers(CAROL), [["carol's", 1]]);
});

Deno.test("an entry is rewritten where it stands, loose or in a block, by two processes at once too", async () => {
  await using store = await TestStore.open();
  const [left, right] = [store.database(), store.database()]
    .map((database) => new History(database, store.vault));
  for (let i = 1; i <= 300; i++) await left.append([entry(`text ${i}`)], YES);
  await Promise.all([
    ...[1, 100, 256, 299].map((place) =>
      left.rewrite([place], (it) => ({ ...it, text: `left ${place}` }))
    ),
    ...[2, 101, 255, 300].map((place) =>
      right.rewrite([place], (it) => ({ ...it, text: `right ${place}` }))
    ),
    right.append(Array.from({ length: 230 }, (_, i) => entry(`more ${i}`)), YES),
  ]);
  const now = texts(await left.after(0));
  assert.equal(now.length, 530);
  for (const place of [1, 100, 256, 299]) assert.equal(now[place - 1], `left ${place}`);
  for (const place of [2, 101, 255, 300]) assert.equal(now[place - 1], `right ${place}`);
  assert.deepEqual(texts(await right.search("left 256")), ["left 256"]);
  assert.deepEqual(await right.search("text 256"), []);
});

Deno.test("a rewrite that is not due writes nothing", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  await history.append([entry("as it was")], YES);
  await history.rewrite([1], (it) => ({ ...it, text: "never" }), () => false);
  assert.deepEqual(texts(await history.after(0)), ["as it was"]);
});
