import { deepEqual, equal } from "node:assert/strict";
import { WatchMarks } from "../../../../lib/client/video/watch_marks.ts";
import { Database } from "../../../../lib/storage/database.ts";

const TABLE = "CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT";

async function withMarks(use: (marks: WatchMarks, database: Database) => Promise<void>) {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  using database = Database.open(`${folder}/p.db`, { migrations: [TABLE] });
  // Seals as a profile does, but readably.
  const vault = {
    sealValue: (table: string, row: string, value: unknown) =>
      Promise.resolve(new TextEncoder().encode(JSON.stringify([table, row, value]))),
    openValue(table: string, row: string, sealed: Uint8Array) {
      const [sealedTable, sealedRow, value] = JSON.parse(new TextDecoder().decode(sealed));
      deepEqual([sealedTable, sealedRow], [table, row]);
      return Promise.resolve(value);
    },
  };
  await use(
    new WatchMarks({ database, vault } as ConstructorParameters<typeof WatchMarks>[0]),
    database,
  );
}

Deno.test("watch marks recall where a video was stopped, until it was watched to its end", async () => {
  await withMarks(async (marks) => {
    equal(await marks.recall("film", 60_000), undefined);
    await marks.keep({ name: "film", positionMs: 30_000, durationMs: 60_000 });
    await marks.keep({ name: "other", positionMs: 9_000, durationMs: 20_000 });
    equal(await marks.recall("film", 60_000), 30_000);
    equal(await marks.recall("film", 61_000), undefined, "another video of that name");
    await marks.keep({ name: "film", positionMs: 60_000, durationMs: 60_000 });
    equal(await marks.recall("film", 60_000), undefined);
    equal(await marks.recall("other", 20_000), 9_000);
  });
});

Deno.test("watch marks keep nothing near the ends, and at most 200 videos", async () => {
  await withMarks(async (marks, database) => {
    for (const positionMs of [0, 4_999, 55_000, 60_000]) {
      await marks.keep({ name: "film", positionMs, durationMs: 60_000 });
    }
    equal(database.integer("SELECT count(*) FROM secret"), 0);
    for (let i = 0; i <= 200; i++) {
      await marks.keep({ name: `film ${i}`, positionMs: 5_000, durationMs: 60_000 });
    }
    equal(await marks.recall("film 0", 60_000), undefined);
    equal(await marks.recall("film 200", 60_000), 5_000);
  });
});
