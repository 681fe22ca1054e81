/**
 * Search in a sealed history of 100,000 messages, beside the same texts readable in SQLite, looked through by `LIKE`, and
 * beside one sealed row a message, opened one by one. Run: `deno run -A tests/bench/history_bench.ts`.
 */

import { decodeUtf8, utf8 } from "../../lib/base/bytes.ts";
import { History, type HistoryEntry } from "../../lib/client/store/history.ts";
import { foldForSearch } from "../../lib/crypto/sealing/history_block.ts";
import { entry, TestStore } from "../unit/client/profile_kit.ts";

const MESSAGES = 100_000;
/** Of which one in a thousand has the word that is looked for. */
const RARE = 1_000;
const NEEDLE = "zeppelin";
const WORDS =
  "the of and to in is you that it he was for on are with as his they be at one have this from or had by hot but some what there we can out other were all your when up use how said an each she which do their time if will way about many then them write would like so these her long make thing see him two has look more day could go come did"
    .split(" ");
/** The median of so many. */
const RUNS = 5;

/** Four to twenty words, the same ones each time. */
function textOf(i: number): string {
  const words = Array.from(
    { length: 4 + (i * 7) % 17 },
    (_, k) => WORDS[(i * 31 + k * k * 17 + k * 13) % WORDS.length],
  );
  if (i % RARE === RARE - 1) words[1] = "Zeppelin";
  return words.join(" ");
}

async function median(action: () => Promise<number> | number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const startedMs = performance.now();
    const found = await action();
    times.push(performance.now() - startedMs);
    if (found !== MESSAGES / RARE) throw new Error(`found ${found}`);
  }
  return times.sort((one, other) => one - other)[RUNS >> 1];
}

function report(name: string, ms: number, reference = ms): void {
  const ratio = reference === ms ? "" : `${(reference / ms).toFixed(1)} x as fast as one by one`;
  console.log(`${name.padEnd(44)} ${ms.toFixed(1).padStart(8)} ms  ${ratio}`);
}

await using store = await TestStore.open();
const database = store.database();
const history = new History(database, store.vault);
const entries: readonly HistoryEntry[] = Array.from(
  { length: MESSAGES },
  (_, i) => entry(textOf(i)),
);
const startedMs = performance.now();
// As they come: a few at a time.
for (let at = 0; at < MESSAGES; at += 64) {
  await history.append(entries.slice(at, at + 64), () => true);
}
const perSecond = MESSAGES / ((performance.now() - startedMs) / 1000);
console.log(`written, 64 at a time: ${perSecond.toFixed(0)} messages/s`);

database.command("CREATE TABLE readable (place INTEGER PRIMARY KEY, text TEXT)").run();
database.command("CREATE TABLE single (place INTEGER PRIMARY KEY, sealed BLOB)").run();
const readable = database.command("INSERT INTO readable VALUES (?, ?)");
const single = database.command("INSERT INTO single VALUES (?, ?)");
const sealed = await Promise.all(
  entries.map((one, i) => store.vault.sealHistory("message", i + 1, utf8(JSON.stringify(one)))),
);
database.transaction(() => {
  for (const [i, { text }] of entries.entries()) readable.run(i + 1, text);
  for (const [i, bytes] of sealed.entries()) single.run(i + 1, bytes);
});

const selectSingle = database.query("SELECT place, sealed FROM single", (row) => ({
  place: row.integer("place"),
  sealed: row.bytes("sealed"),
}));
const oneByOne = await median(async () => {
  const opened = await Promise.all(
    selectSingle.all().map(async ({ place, sealed }) =>
      decodeUtf8(await store.vault.openHistory("message", place, sealed)) ?? ""
    ),
  );
  const texts = opened.map((text): string => JSON.parse(text).text);
  return texts.filter((text) => foldForSearch(text).includes(NEEDLE)).length;
});
const like = database.query(
  "SELECT count(*) AS found FROM readable WHERE text LIKE ?",
  (row) => row.integer("found"),
);
console.log(`search in ${MESSAGES} messages, ${MESSAGES / RARE} hits, median of ${RUNS}:`);
report("sealed one by one (the reference)", oneByOne);
report(
  "sealed in blocks of 256",
  await median(async () => (await history.search(NEEDLE)).length),
  oneByOne,
);
report("readable, LIKE of SQLite", await median(() => like.first(`%${NEEDLE}%`) ?? 0), oneByOne);
