import assert from "node:assert/strict";
import { History, type HistoryEntry } from "../../../../lib/client/store/history.ts";
import { HISTORY_BLOCK_ROWS } from "../../../../lib/crypto/sealing/history_block.ts";
import type { RoomHandle } from "../../../../lib/base/ids.ts";
import type { Database } from "../../../../lib/storage/database.ts";
import { accountId, entry, TestStore } from "../profile_kit.ts";

const YES = () => true;

const texts = (entries: readonly HistoryEntry[]) => entries.map(({ text }) => text);

function count(database: Database, table: "message" | "block"): number {
  return database.query(`SELECT count(*) AS n FROM ${table}`, (row) => row.integer("n")).first() ??
    0;
}

Deno.test("history gives entries back in their order, with their places", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  assert.equal(history.lastPlace, 0);
  const written = entry("one", { own: true, conversation: undefined, sentAtMs: 7, atMs: 8 });
  assert.equal(await history.append([written, entry("two")], YES), true);
  await history.append([entry("three")], YES);
  const [first, ...others] = await history.after(0);
  assert.deepEqual(first, { ...JSON.parse(JSON.stringify(written)), place: 1, number: 1 });
  assert.deepEqual(others.map(({ text, place }) => [text, place]), [["two", 2], ["three", 3]]);
  assert.deepEqual(texts(await history.after(2)), ["three"]);
  assert.equal(history.lastPlace, 3);
});

Deno.test("history writes nothing when what goes with it is not due", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  assert.equal(await history.append([entry("one")], () => false), false);
  assert.deepEqual(await history.after(0), []);
});

Deno.test("history undoes the entry when what goes with it fails", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const history = new History(database, store.vault);
  await assert.rejects(
    history.append([entry("one")], () => {
      database.command("INSERT INTO mark VALUES ('x', 1)").run();
      throw new Error("broken");
    }),
    { message: "broken" },
  );
  assert.deepEqual(await history.after(0), []);
  assert.equal(
    database.query("SELECT name FROM mark", (row) => row.text("name")).first(),
    undefined,
  );
});

Deno.test("history makes a block of 256 entries in the transaction that completes them", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const history = new History(database, store.vault);
  const all = Array.from({ length: 2 * HISTORY_BLOCK_ROWS + 3 }, (_, i) => `text ${i + 1}`);
  for (const [i, text] of all.entries()) {
    await history.append([entry(text)], YES);
    const rest = (i + 1) % HISTORY_BLOCK_ROWS;
    assert.equal(count(database, "message"), rest);
  }
  assert.equal(count(database, "block"), 2);
  assert.deepEqual(texts(await history.after(0)), all);
  assert.deepEqual(texts(await history.after(300)), all.slice(300));
  assert.deepEqual(texts(await history.latest({ limit: 5 })), all.slice(-5));
  assert.deepEqual(texts(await history.latest({ limit: 400 })), all.slice(-400));
  assert.deepEqual((await history.after(500)).map(({ place }) => place).slice(0, 2), [501, 502]);
});

Deno.test("history gives the latest that are wanted, from as far back as needed", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const carol = accountId("carol");
  for (let i = 0; i < 600; i++) {
    await history.append([entry(`${i}`, i % 200 === 0 ? { peer: carol } : {})], YES);
  }
  const found = await history.latest({ limit: 2, peer: carol });
  assert.deepEqual(texts(found), ["200", "400"]);
  assert.deepEqual(texts(await history.latest({ limit: 9, peer: carol })), [
    "0",
    "200",
    "400",
  ]);
});

Deno.test("history keeps the entries of two processes that write at once, each in its place", async () => {
  await using store = await TestStore.open();
  const [left, right] = [store.database(), store.database()]
    .map((database) => new History(database, store.vault));
  const all = Array.from({ length: 300 }, (_, i) => i);
  await Promise.all([
    (async () => {
      for (const i of all) await left.append([entry(`left ${i}`)], YES);
    })(),
    (async () => {
      for (const i of all) await right.append([entry(`right ${i}`)], YES);
    })(),
  ]);
  const entries = await left.after(0);
  assert.deepEqual(entries.map(({ place }) => place), Array.from({ length: 600 }, (_, i) => i + 1));
  for (const side of ["left", "right"]) {
    const own = texts(entries).filter((text) => text.startsWith(side));
    assert.deepEqual(own, all.map((i) => `${side} ${i}`));
  }
});

Deno.test("SR-35: a text of a room that is told again under a false number stands above what came by itself", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const peer = "#7" as RoomHandle;
  const told = (text: string, number: number) => entry(text, { peer, number, isToldAgain: true });
  const live = (text: string, number?: number) =>
    entry(text, { peer, ...number === undefined ? {} : { number } });
  const notice = (text: string) => entry(text, { peer, kind: "notice" });
  const order = async () => texts(await history.latest({ peer, limit: 20 }));
  await history.append([told("old", 39), told("false", 1_000_000_000), notice("came in")], YES);
  assert.deepEqual(await order(), ["old", "false", "came in"]);
  await history.append([live("first", 41), told("false too", 2_000_000_000)], YES);
  await history.append([notice("left"), live("second", 42)], YES);
  assert.deepEqual(await order(), [
    ...["old", "false", "came in", "false too"],
    ...["first", "left", "second"],
  ]);
});

Deno.test("SR-35: one's own first text of a room stands below what is told again under a false number", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const peer = "#7" as RoomHandle;
  const number = 1_000_000_000;
  const own = entry("own", { peer, own: true });
  await history.append([entry("false", { peer, number, isToldAgain: true }), own], YES);
  history.index.setNumber(own.id, 41);
  await history.append([entry("next", { peer, number: 42 })], YES);
  assert.deepEqual(texts(await history.latest({ peer, limit: 20 })), ["false", "own", "next"]);
});

Deno.test("history is searched without regard to case and accents, in blocks and loose entries", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  for (let i = 0; i < 300; i++) {
    const text = i === 3
      ? "Übergrößenträger"
      : i === 299
      ? "UBERGROSSENTRAGER übergrößen"
      : `n ${i}`;
    await history.append([entry(text)], YES);
  }
  assert.deepEqual((await history.search("übergröß")).map(({ place }) => place), [4, 300]);
  assert.deepEqual((await history.search("UBERGRÖ")).map(({ place }) => place), [4, 300]);
  assert.deepEqual(await history.search("nowhere"), []);
  assert.deepEqual(await history.search(""), []);
});

Deno.test("SR-80: history is on disk as ciphertext only, and a row that was moved does not open", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const history = new History(database, store.vault);
  for (let i = 0; i < 260; i++) await history.append([entry(`canary-${i}`)], YES);
  database.close();
  for await (const { name } of Deno.readDir(store.folder)) {
    const bytes = await Deno.readFile(`${store.folder}/${name}`);
    assert.equal(new TextDecoder("latin1").decode(bytes).includes("canary"), false, name);
  }
  const again = store.database();
  const moved = new History(again, store.vault);
  again.command("UPDATE message SET place = 1000 WHERE place = 260").run();
  await assert.rejects(moved.after(0), { name: "CryptoError", code: "not-sealed-here" });
});

Deno.test("SR-31: history of a newer format is refused untouched", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const history = new History(database, store.vault);
  await history.append([entry("one")], YES);
  const read = () =>
    database.query("SELECT sealed FROM message", (row) => row.bytes("sealed")).first();
  const newer = read()?.slice() ?? new Uint8Array(0);
  newer[1] = 200;
  database.command("UPDATE message SET sealed = ?").run(newer);
  await assert.rejects(history.after(0), { name: "StorageError", code: "newer-format" });
  assert.deepEqual(read(), newer);
});

Deno.test("history of 100,000 entries is searched in full", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const total = Deno.env.get("SLOW") === "1" ? 100_000 : 10_000;
  for (let i = 0; i < total; i += HISTORY_BLOCK_ROWS) {
    const length = Math.min(HISTORY_BLOCK_ROWS, total - i);
    const entries = Array.from(
      { length },
      (_, j) => entry(`message ${i + j} about nothing in particular, as most of them are`),
    );
    await history.append(entries, YES);
  }
  const needle = `message ${total - 1} `;
  assert.deepEqual((await history.search(needle)).map(({ place }) => place), [total]);
  assert.equal((await history.search("message 777 ")).length, 1);
});

Deno.test("history gives everything page by page, also while it grows", async () => {
  await using store = await TestStore.open();
  const history = new History(store.database(), store.vault);
  const all = Array.from({ length: HISTORY_BLOCK_ROWS * 2 + 3 }, (_, i) => `text ${i}`);
  for (const text of all.slice(0, -1)) await history.append([entry(text)], YES);
  const pages: (readonly string[])[] = [];
  for await (const page of history.pages()) {
    if (pages.length === 0) await history.append([entry(all[all.length - 1])], YES);
    pages.push(texts(page));
  }
  assert.deepEqual(pages.map(({ length }) => length), [HISTORY_BLOCK_ROWS, HISTORY_BLOCK_ROWS, 3]);
  assert.deepEqual(pages.flat(), all);
});
