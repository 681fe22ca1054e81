/** A server that is moved from its file to PostgreSQL and back. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { StoreChoice } from "../../../lib/server/config/store_url.ts";
import { copyRows, digestTables, type RowTarget } from "../../../lib/server/moving/copying.ts";
import { type Move, moveToFolder, moveToPostgres } from "../../../lib/server/moving/moving.ts";
import { PostgresTarget } from "../../../lib/server/moving/postgres_rows.ts";
import { SqliteRows } from "../../../lib/server/moving/sqlite_rows.ts";
import { type MovedTable, movedTables, UNMOVED } from "../../../lib/server/moving/tables.ts";
import { openStored } from "../../../lib/server/store/stored.ts";
import { query } from "../../../lib/server/store/postgres/database.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../../lib/storage/database.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import type { SqlValue } from "../../../lib/storage/row.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";
import { newChoice, TOOLS } from "./moving_kit.ts";

/** More than two pages. */
const ROWS = 230;

const WORDS: Readonly<Record<string, string>> = {
  "role.role": "owner",
  "sanction.kind": "mute",
  "envelope.type": "commit",
};

/** Some of what may be null. */
const OPTIONAL: readonly string[] = [
  ...["account.rotation", "account.revocation", "device.name", "room.replaced", "upload.room"],
  ...["envelope.number", "envelope.recipient", "envelope.body", "envelope.place"],
  ...["sanction.by", "sanction.until_ms", "audit.by", "audit.until_ms", "room_invitation.entry"],
];

/** A row of any table: all numbers of it are `i`, so whatever it refers to is there. */
function madeRow({ name, columns }: MovedTable, i: number): SqlValue[] {
  return columns.map((column) => {
    const isOptional = OPTIONAL.includes(`${name}.${column.name}`);
    if (isOptional && i % 3 === 0) return null;
    if (column.kind === "integer") return i;
    if (column.kind === "bytes") return new Uint8Array([i, 0, 255, i >> 8]);
    return WORDS[`${name}.${column.name}`] ?? `${column.name} "${i}" 'ä\n\\`;
  });
}

async function fill(rows: SqliteRows): Promise<void> {
  for (const table of rows.tables) {
    const made = Array.from({ length: ROWS }, (_, at) => madeRow(table, at + 1));
    await rows.append(table, made);
  }
  await rows.setNumbers({ audit: 1_000, broadcast: 2_000 });
}

/** Is gone with each step, and goes on where it was. */
class Mortal implements RowTarget {
  readonly tables;
  readonly #target: RowTarget;
  #isSpent = false;

  constructor(target: RowTarget) {
    this.#target = target;
    this.tables = target.tables;
  }

  page: RowTarget["page"] = (...args) => this.#target.page(...args);
  lastKey: RowTarget["lastKey"] = (table) => this.#target.lastKey(table);
  numbers: RowTarget["numbers"] = () => this.#target.numbers();
  setNumbers: RowTarget["setNumbers"] = (numbers) => this.#target.setNumbers(numbers);

  append: RowTarget["append"] = (table, rows) => {
    if (this.#isSpent) return Promise.reject(new Error("killed"));
    this.#isSpent = true;
    return this.#target.append(table, rows);
  };
}

/** Copies, being killed after each step. Returns how often it was. */
async function copyMortally(from: SqliteRows | PostgresTarget, to: RowTarget): Promise<number> {
  for (let deaths = 0;; deaths++) {
    try {
      await copyRows(from, new Mortal(to));
      return deaths;
    } catch (error) {
      ok(error instanceof Error && error.message === "killed", String(error));
    }
  }
}

Deno.test(postgresTest(
  "every row of every table comes into PostgreSQL and back the same, however often the copying is cut off",
  async (postgres) => {
    const folder = await Deno.makeTempDir();
    try {
      using file = Database.open(join(folder, "a.db"), { migrations: MIGRATIONS });
      const source = new SqliteRows(file);
      await fill(source);
      await using database = await postgres.open();
      await database.transaction((transaction) => transaction.script("DELETE FROM incarnation"));
      const target = new PostgresTarget(database, source.tables);
      const deaths = await copyMortally(source, target);
      ok(deaths > source.tables.length, `${deaths}`);
      const digests = await digestTables(source);
      ok(digests.every(({ rows }) => rows > 0));
      deepEqual(await digestTables(target), digests);
      // Triggers count, and what comes next is numbered behind all that is there.
      const total = await database.integer("SELECT size_bytes FROM upload_total");
      equal(total, ROWS * (ROWS + 1) / 2);
      equal(await database.integer("SELECT nextval(pg_get_serial_sequence('device', 'id'))"), 231);

      using other = Database.open(join(folder, "b.db"), { migrations: MIGRATIONS });
      other.transaction(() => void other.command("DELETE FROM incarnation").run());
      const back = new SqliteRows(other);
      await copyMortally(target, back);
      deepEqual(await digestTables(back), digests);
      equal(other.integer("SELECT size_bytes FROM upload_total"), total);
      equal(other.has("PRAGMA foreign_key_check"), false);
      const [row] = digests.filter(({ table }) => table === "account");
      other.command("UPDATE account SET last_seen_ms = 0 WHERE id = 7").run();
      const [changed] = (await digestTables(back)).filter(({ table }) => table === "account");
      ok(row.rows === changed.rows && row.sha256 !== changed.sha256);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
));

Deno.test(postgresTest(
  "what is moved are all tables and columns that both have",
  async (postgres) => {
    const folder = await Deno.makeTempDir();
    using file = Database.open(join(folder, "a.db"), { migrations: MIGRATIONS });
    const columnsOf = (tables: readonly MovedTable[]) =>
      tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
        .sort();
    const moved = columnsOf(movedTables(file));
    const inFile = file.query(
      "SELECT m.name || '.' || c.name AS n FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
      (row) => row.text("n"),
    ).all();
    await using database = await postgres.open();
    const inPostgres = await database.all(
      query(
        `SELECT (table_name || '.' || column_name)::text AS n FROM information_schema.columns
          WHERE table_schema = $1`,
        (row) => row.text("n"),
      ),
      database.schema,
    );
    const isMoved = (name: string) =>
      !UNMOVED.columns.includes(name) && !UNMOVED.tables.includes(name.split(".")[0]);
    deepEqual(inFile.filter(isMoved).sort(), moved);
    deepEqual(inPostgres.filter(isMoved).sort(), moved);
    ok(moved.length > 100);
    file.close();
    await Deno.remove(folder, { recursive: true });
  },
));

/** A folder with a server that has people, a conversation, and a file that waits; and a place for others. */
async function openMoves(postgres: PostgresServer) {
  const root = await Deno.makeTempDir();
  const folder = join(root, "old");
  await Deno.mkdir(folder, { mode: 0o700 });
  {
    await using server = await TestServer.open({ folder });
    const { alice, conversation } = await openPair(server);
    await alice.send(conversation, "waits for bob");
  }
  await Deno.writeFile(join(folder, "spool", "some-upload"), new Uint8Array(300_000).fill(7));
  const choice = await newChoice(postgres);
  return {
    root,
    choice,
    into: { from: folder, to: join(root, "node"), choice },
    back: { from: join(root, "node"), to: join(root, "back"), choice },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** Killed, as far as the data can tell, once each step was told. Returns the steps. */
async function moveMortally(
  move: Move,
  run: typeof moveToPostgres,
): Promise<readonly string[]> {
  for (let lives = 1;; lives++) {
    const steps: string[] = [];
    try {
      await run(move, {
        ...TOOLS,
        told: (news) => {
          steps.push(news.step);
          if (news.step !== "begun") equal(steps[0], "begun");
          else equal(news.isResumed, lives > 1);
          return steps.length === lives ? Promise.reject(new Error("killed")) : Promise.resolve();
        },
      });
      return steps;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("killed")) throw error;
    }
  }
}

async function openAgain(folder: string, choice?: StoreChoice): Promise<void> {
  await using owned = new AsyncDisposableStack();
  const { clock, random } = TOOLS;
  const { store } = await openStored(folder, owned, { clock, random, choice, onLost() {} });
  equal((await store.listAccounts({ limit: 5 })).total, 2);
}

Deno.test(postgresTest(
  "a move is cut off at each step, gone on with, and ends: only the target can be opened then, into PostgreSQL and back",
  async (postgres) => {
    await using moves = await openMoves(postgres);
    const { into, back, choice } = moves;
    const before = await Deno.readFile(join(into.from, "server.db"));
    const steps = await moveMortally(into, moveToPostgres);
    equal(steps.filter((step) => step === "table").length, 24);
    deepEqual(await Deno.readFile(join(into.from, "server.db")), before);
    await rejects(openAgain(into.from), { code: "moved-away", message: /was moved to postgres:/ });
    await openAgain(into.to, choice);
    const spooled = (folder: string) => Deno.readFile(join(folder, "spool", "some-upload"));
    deepEqual(await spooled(into.to), await spooled(into.from));

    await rejects(moveToPostgres({ ...into, to: join(moves.root, "twice") }, TOOLS), {
      code: "moved-away",
    });
    await moveMortally(back, moveToFolder);
    await rejects(openAgain(back.from, choice), { code: "moved-away" });
    await Deno.remove(join(back.from, "moved.json"));
    await rejects(openAgain(back.from, choice), {
      code: "moved-away",
      message: /its server was moved into a folder/,
    });
    await openAgain(back.to);
    deepEqual(await spooled(back.to), await spooled(into.from));
    const left = [...Deno.readDirSync(back.to)].map(({ name }) => name)
      .filter((name) => /mov|part/.test(name));
    deepEqual(left, []);
    using old = Database.open(join(into.from, "server.db"), { migrations: MIGRATIONS });
    using now = Database.open(join(back.to, "server.db"), { migrations: MIGRATIONS });
    deepEqual(await digestTables(new SqliteRows(now)), await digestTables(new SqliteRows(old)));
  },
));

/** Begins a move in a process of its own, and kills that after so many steps. */
async function killAfter(
  steps: number,
  direction: "into" | "back",
  { from, to, choice }: Move,
): Promise<void> {
  const script = join(import.meta.dirname ?? "", "moving_child.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", script],
      ...[direction, from, to, choice.url, `${steps}`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said = child.stdout.getReader();
  const { value } = await said.read();
  equal(new TextDecoder().decode(value).trim(), "here");
  child.kill("SIGKILL");
  await said.cancel();
  equal((await child.status).signal, "SIGKILL");
}

Deno.test(postgresTest(
  "a process that moves is killed in the middle, and the next one goes on, into PostgreSQL and back",
  async (postgres) => {
    await using moves = await openMoves(postgres);
    const { into, back, choice } = moves;
    for (const steps of [9, 26]) await killAfter(steps, "into", into);
    await moveToPostgres(into, TOOLS);
    await openAgain(into.to, choice);
    for (const steps of [9]) await killAfter(steps, "back", back);
    await moveToFolder(back, TOOLS);
    await openAgain(back.to);
  },
));

Deno.test(postgresTest(
  "a move is refused in words where something runs, is there already, is another server's or changed since it was begun",
  async (postgres) => {
    await using moves = await openMoves(postgres);
    const { into, back, root } = moves;
    const run = (move: Partial<Move>) => moveToPostgres({ ...into, ...move }, TOOLS);
    {
      using _server = InstanceLock.take(into.from);
      await rejects(run({}), { code: "in-use" });
    }
    await Deno.mkdir(join(root, "full/some"), { recursive: true });
    await rejects(run({ to: join(root, "full") }), { code: "not-empty" });
    await rejects(run({ from: root }), { code: "not-found" });
    const written = [...Deno.readDirSync(into.to)].map(({ name }) => name);
    deepEqual(written.filter((name) => !name.startsWith("lock.db")), []);

    // Cut off: nobody starts on either half.
    const cut = { ...TOOLS, told: () => Promise.reject(new Error("killed")) };
    await rejects(moveToPostgres(into, cut), /killed/);
    await rejects(openAgain(into.to, into.choice), { code: "move-unfinished" });
    await openAgain(into.from);
    const step2 = {
      ...TOOLS,
      told: ({ step }: { step: string }) =>
        step === "spool" ? Promise.reject(new Error("killed")) : Promise.resolve(),
    };
    await rejects(moveToPostgres(into, step2), /killed/);
    const change = (name: string) => {
      using file = Database.open(join(into.from, "server.db"), { migrations: MIGRATIONS });
      file.command("UPDATE account SET name = ? WHERE id = 1").run(name);
      return name;
    };
    change("changed");
    await rejects(run({}), { code: "damaged", message: /table account differs/ });
    change("alice");
    await using database = await postgres.connect(postgres.address);
    await database.integer("SELECT 1");
    await rejects(run({}), { code: "in-use", message: /a node of the server is running/ });
    await database.close();
    await using other = await openOther();
    await rejects(run({ from: other.folder, to: join(root, "other") }), {
      code: "another-server",
    });
    await run({});
    await rejects(
      moveToFolder({ ...back, from: other.folder, to: join(root, "of-other") }, TOOLS),
      { code: "database-elsewhere" },
    );
    await Deno.remove(join(other.folder, "server.db"));
    await rejects(
      moveToFolder({ ...back, from: other.folder, to: join(root, "of-other") }, TOOLS),
      { code: "another-server" },
    );
  },
));

/** A folder with another server's keys. */
async function openOther() {
  const folder = await Deno.makeTempDir();
  {
    await using _server = await TestServer.open({ folder });
  }
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
