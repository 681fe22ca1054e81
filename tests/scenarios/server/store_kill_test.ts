/** What the store acknowledged is there after `kill -9`, once. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { Database } from "../../../lib/storage/database.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import { temporaryDatabase } from "../../unit/server/store_kit.ts";

const ROUNDS = Deno.env.get("SLOW") === "1" ? 100 : 3;
const SEED = parseInt(Deno.env.get("SEED") ?? "20251121");
/** The opening of the conversation is number 1. */
const FIRST_NUMBER = 2;

/** Acknowledged so far: `seq` by number, epochs by number of their commit, and the reader's place. */
interface Acknowledged {
  readonly seqs: Map<number, number>;
  readonly epochs: Map<number, number>;
  cursor: number;
}

function* randomNumbers(seed: number): Generator<number> {
  // xorshift32 (Marsaglia 2003); no state is zero.
  for (let state = seed || 1;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}

function note(line: string, so: Acknowledged): void {
  const [kind, ...numbers] = line.split(" ");
  const [first, seq, epoch] = numbers.map(Number);
  if (kind === "a") {
    so.cursor = Math.max(so.cursor, first);
    return;
  }
  assert.equal(so.seqs.get(first) ?? seq, seq, "a resend got another answer");
  so.seqs.set(first, seq);
  if (kind === "c") so.epochs.set(first, epoch);
}

/** Runs a writer until it has printed `lines` lines, kills it, and notes all whole lines. */
async function writeAndKill(path: string, lines: number, so: Acknowledged): Promise<void> {
  let number = FIRST_NUMBER;
  while (so.seqs.has(number)) number++;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--no-check",
      join(import.meta.dirname ?? ".", "store_kill_writer.ts"),
      path,
      String(number),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let killed = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (!killed && text.split("\n").length > lines) {
      killed = true;
      child.kill("SIGKILL");
    }
  }
  assert.equal((await child.status).signal, "SIGKILL");
  for (const line of text.split("\n").slice(0, -1)) note(line, so);
}

function check(path: string, so: Acknowledged): void {
  using database = Database.open(path, { migrations: MIGRATIONS });
  const integrity = database.query("PRAGMA integrity_check", (row) => row.text("integrity_check"));
  assert.deepEqual(integrity.all(), ["ok"]);
  const log = database.query(
    "SELECT number, seq, type, epoch FROM envelope ORDER BY seq",
    (row) => ({
      number: row.integer("number"),
      seq: row.integer("seq"),
      epoch: row.integer("epoch"),
    }),
  ).all();
  assert.deepEqual(log.map(({ seq }) => seq), log.map((_, i) => i + 1), "no gap, none twice");
  assert.equal(new Set(log.map(({ number }) => number)).size, log.length);
  const stored = new Map(log.map((row) => [row.number, row]));
  for (const [number, seq] of so.seqs) assert.equal(stored.get(number)?.seq, seq, "lost");
  for (const [number, epoch] of so.epochs) assert.equal(stored.get(number)?.epoch, epoch - 1);
  const winners = database.query(
    "SELECT epoch FROM commit_winner ORDER BY epoch",
    (row) => row.integer("epoch"),
  ).all();
  assert.deepEqual(winners, winners.map((_, i) => i + 1), "epochs are dense");
  const cursor = database.query(
    `SELECT m.cursor FROM conversation_member m JOIN device d ON d.id = m.device
      WHERE d.device LIKE '%2'`,
    (row) => row.integer("cursor"),
  ).first();
  assert((cursor ?? 0) >= so.cursor, "an acknowledgement is lost");
  const waiting = database.query(
    `SELECT c.sent_bytes - m.cursor_bytes AS bytes, coalesce((SELECT sum(e.size_bytes) FROM envelope e
        WHERE e.conversation = m.conversation AND e.seq > m.cursor), 0) AS there
      FROM conversation_member m JOIN conversation c ON c.id = m.conversation`,
    (row) => [row.integer("bytes"), row.integer("there")],
  ).all();
  assert.deepEqual(waiting.map(([bytes]) => bytes), waiting.map(([, there]) => there));
}

Deno.test(`SR-20: store loses and doubles nothing that it acknowledged when it is killed ${ROUNDS} times`, async () => {
  console.log(`seed ${SEED}`);
  await using database = await temporaryDatabase();
  const so: Acknowledged = { seqs: new Map(), epochs: new Map(), cursor: 0 };
  const random = randomNumbers(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const lines = 1 + Math.floor(400 * (random.next().value ?? 0));
    await writeAndKill(database.path, lines, so);
    check(database.path, so);
  }
  assert(so.epochs.size > 0);
});
