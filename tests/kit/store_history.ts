/**
 * What must be true of a database after many have used it at once, whoever was first: each rule is looked at in the tables, in
 * the order in which they say it happened, and beside what callers were told. What a call was told before another began
 * is true for that one (each try has a time when it began and one when it ended).
 */

import assert from "node:assert/strict";
import { type Role, ROLES } from "../../lib/protocol/permissions.ts";
import { type Action, isPermitted, mayActOn } from "../../lib/protocol/permissions.ts";
import { MIGRATIONS } from "../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../lib/storage/database.ts";
import type { Row } from "../../lib/storage/row.ts";
import { DIRECT, INVITED, MAILBOX_LIMITS, ROOM, UPLOAD_LIMITS } from "./store_world.ts";
import type { Try, TwoProcesses } from "./two_processes.ts";

type History = Pick<TwoProcesses, "tries">;

/** One envelope as it is stored. */
interface Stored {
  readonly seq: number;
  readonly envelope: string;
  readonly type: string;
  readonly epoch: number;
  readonly device: string;
  readonly number: number | undefined;
  readonly place: number | undefined;
  readonly sizeBytes: number;
  readonly uptoBytes: number;
}

const readStored = (row: Row): Stored => ({
  seq: row.integer("seq"),
  envelope: row.text("envelope"),
  type: row.text("type"),
  epoch: row.integer("epoch"),
  device: row.text("device"),
  number: row.optionalInteger("number"),
  place: row.optionalInteger("place"),
  sizeBytes: row.integer("size_bytes"),
  uptoBytes: row.integer("upto_bytes"),
});

/** Throws AssertionError. Nobody has the database open by then. */
export function checkHistory(path: string, history: History): void {
  using database = Database.open(path, { migrations: MIGRATIONS });
  for (const conversation of [DIRECT, ROOM]) checkLog(database, history, conversation);
  checkMailboxes(database);
  checkModeration(database);
  checkSanctionsHeld(history);
  checkPasswords(history);
  checkGenerations(history);
  checkOnce(database, history);
  checkUploads(database);
}

/** The order of a conversation: no gaps, no doubles, one commit for each epoch, and only members say something. */
function checkLog(database: Database, history: History, conversation: string): void {
  const rows = database.query(
    `SELECT e.*, d.device FROM envelope e JOIN conversation c ON c.id = e.conversation
      JOIN device d ON d.id = e.sender WHERE c.conversation = ? ORDER BY e.seq`,
    readStored,
  ).all(conversation);
  const [now] = database.query(
    `SELECT c.id, c.epoch, c.last_seq, c.sent_bytes, r.version, r.last_place FROM conversation c
      LEFT JOIN room r ON r.conversation = c.id WHERE c.conversation = ?`,
    (row) => ({
      id: row.integer("id"),
      epoch: row.integer("epoch"),
      lastSeq: row.integer("last_seq"),
      sentBytes: row.integer("sent_bytes"),
      version: row.optionalInteger("version"),
      lastPlace: row.optionalInteger("last_place"),
    }),
  ).all(conversation);
  assert.deepEqual(rows.map(({ seq }) => seq), rows.map((_, i) => i + 1), "gaps or doubles");
  assert.equal(rows.length, now.lastSeq);
  let [sentBytes, place] = [0, 0];
  for (const row of rows) {
    sentBytes += row.sizeBytes;
    assert.equal(row.uptoBytes, sentBytes, `sum of bytes at ${row.seq}`);
    if (row.place !== undefined) assert.equal(row.place, ++place, `number said at ${row.seq}`);
  }
  assert.equal(sentBytes, now.sentBytes);
  assert.equal(place, now.lastPlace ?? 0);
  const winners = database.query(
    "SELECT epoch, envelope FROM commit_winner WHERE conversation = ? ORDER BY epoch",
    (row) => `${row.integer("epoch")} ${row.text("envelope")}`,
  ).all(now.id);
  const replayed = replay(rows, history, conversation);
  assert.deepEqual(winners, replayed.winners);
  assert.equal(now.epoch, replayed.epoch);
  if (now.version !== undefined) assert.equal(now.version, replayed.version);
  checkAnswers(rows, history, conversation);
}

/** What was submitted under an envelope id. */
function submissions(history: History) {
  const commits = [...history.tries("commit"), ...history.tries("commitToRoom")];
  return new Map(commits.map(({ options }) => [options.envelope as string, options]));
}

/** Goes through a log as it stands, and judges each row by those before it. */
function replay(rows: readonly Stored[], history: History, conversation: string) {
  const submitted = submissions(history);
  const isRoom = conversation === ROOM;
  // As `openWorld` left them; the first rows are from there.
  let [epoch, version] = [isRoom ? 0 : 1, 1];
  const winners: string[] = [];
  const members = new Set(rows.slice(0, 1).map(({ device }) => device));
  const accounts = new Set(["alice", "bob"]);
  for (const { type, device, envelope, seq, ...row } of rows) {
    if (seq === 1) {
      for (const one of [1, 2]) members.add(one.toString(16).padStart(32, "0"));
      if (!isRoom) continue;
      winners.push(`0 ${envelope}`);
      [epoch, version] = [1, 2];
      continue;
    }
    if (type === "message") {
      assert(row.epoch <= epoch && row.epoch >= epoch - 3, `epoch of a message at ${seq}`);
      assert(members.has(device), `said at ${seq} by no member`);
    }
    if (type !== "commit") continue;
    assert.equal(row.epoch, epoch, `epoch of the commit at ${seq}`);
    winners.push(`${epoch++} ${envelope}`);
    const commit = submitted.get(envelope);
    assert(commit !== undefined, `nobody has submitted what is at ${seq}`);
    const admits = "change" in commit ? commit.change.admits : undefined;
    const isIn = accounts.has(commit.account) || admits === commit.account;
    assert(members.has(device) || commit.joins && isIn, `commit at ${seq} by no member`);
    for (const gone of commit.removed) if (gone.device !== device) members.delete(gone.device);
    if (commit.joins) members.add(device);
    if ("added" in commit) { for (const added of commit.added) members.add(added.device); }
    if (!("change" in commit)) continue;
    assert.equal(commit.change.version, version, `version of the commit at ${seq}`);
    if (commit.change.entry === undefined) continue;
    version++;
    if (admits !== undefined) accounts.add(admits);
    if (commit.change.expels !== undefined) accounts.delete(commit.change.expels);
  }
  return { epoch, version, winners };
}

/** Each submission is stored once or not at all, where its callers were told, and after what they knew of before. */
function checkAnswers(rows: readonly Stored[], history: History, conversation: string): void {
  const stored = new Map(
    rows.filter(({ number }) => number !== undefined).map(({ envelope, seq }) => [envelope, seq]),
  );
  const told = [
    ...history.tries("append"),
    ...history.tries("commit"),
    ...history.tries("commitToRoom"),
  ].filter(({ options }) => options.conversation === conversation);
  const first: { readonly one: Try; readonly seq: number }[] = [];
  for (const one of told) {
    const { answer, options } = one;
    if (answer === undefined || !("seq" in answer)) continue;
    assert.equal(stored.get(options.envelope), answer.seq, `place of ${options.envelope}`);
    if (answer.result !== "known") first.push({ one, seq: answer.seq });
  }
  assert.equal(new Set(first.map(({ seq }) => seq)).size, first.length, "stored twice");
  const submitted = new Set(told.map(({ options }) => options.envelope as string));
  const placed = new Set(first.map(({ seq }) => seq));
  for (const [envelope, seq] of stored) {
    if (submitted.has(envelope)) assert(placed.has(seq), `nobody was told of ${envelope}`);
  }
  for (const { one, seq } of first) {
    for (const other of first) {
      if (one.endedAt < other.one.beganAt) assert(seq < other.seq, "a later one came before");
    }
  }
}

/** Cursors' sums are true, and nobody has more waiting than may. */
function checkMailboxes(database: Database): void {
  const wrong = database.query(
    `SELECT m.device FROM conversation_member m JOIN conversation c ON c.id = m.conversation
      WHERE m.cursor_bytes <> coalesce((SELECT e.upto_bytes - e.size_bytes FROM envelope e
        WHERE e.conversation = m.conversation AND e.seq > m.cursor ORDER BY e.seq LIMIT 1), c.sent_bytes)`,
    (row) => row.integer("device"),
  );
  assert.deepEqual(wrong.all(), [], "sums of members");
  const { perDeviceBytes } = MAILBOX_LIMITS;
  const full = database.query(
    `SELECT sum(e.size_bytes) AS waiting FROM conversation_member m
      JOIN envelope e ON e.conversation = m.conversation AND e.seq > m.cursor
      WHERE e.type = 'message' AND e.body IS NOT NULL AND e.sender <> m.device
      GROUP BY m.device HAVING waiting > ?`,
    (row) => row.integer("waiting"),
  );
  // A little more for each of the two conversations, as `Quota` says.
  assert.deepEqual(full.all(perDeviceBytes + 2 * perDeviceBytes / 256), [], "too much waits");
}

interface Line {
  readonly action: Action;
  readonly by: string | undefined;
  readonly target: string;
  readonly detail: string;
}

/** Reads the record from its beginning: each line may be done by whom it names, by the lines before it. */
function checkModeration(database: Database): void {
  const lines = database.query(
    `SELECT e.action, b.account AS by_name, t.account AS target_name, e.detail FROM audit e
      LEFT JOIN account b ON b.id = e.by JOIN account t ON t.id = e.target ORDER BY e.id`,
    (row): Line => ({
      // A word of the table of actions.
      action: row.text("action") as Action,
      by: row.optionalText("by_name"),
      target: row.text("target_name"),
      detail: row.text("detail"),
    }),
  ).all();
  const roles = new Map<string, Role>();
  const held = new Set<string>();
  const roleOf = (account: string) => roles.get(account) ?? "member";
  const hasOwner = () => [...roles].some(([one, is]) => is === "owner" && !held.has(`kick ${one}`));
  for (const [i, { action, by, target, detail }] of lines.entries()) {
    const said = `line ${i}: ${by} ${action} ${target} ${detail}`;
    if (by !== undefined) {
      assert(isPermitted(roleOf(by), action) && mayActOn(roleOf(by), roleOf(target)), said);
    }
    if (action === "grant") {
      const [before, after] = detail.split(" to ");
      assert.equal(before, roleOf(target), said);
      const role = ROLES.find((one) => one === after);
      assert(role !== undefined && after !== before, said);
      roles.set(target, role);
    } else if (action === "kick" || action === "mute") {
      assert.notEqual(by, target, said);
      held.add(`${action} ${target}`);
    } else assert(held.delete(`${action.slice(2)} ${target}`), said);
    // The first line is what makes an owner.
    assert(hasOwner(), said);
  }
  const sanctions = database.query(
    "SELECT s.kind, a.account FROM sanction s JOIN account a ON a.id = s.account",
    (row) => `${row.text("kind")} ${row.text("account")}`,
  );
  assert.deepEqual(sanctions.all().sort(), [...held].sort());
  const holders = database.query(
    "SELECT r.role, a.account FROM role r JOIN account a ON a.id = r.account",
    (row) => `${row.text("account")} ${row.text("role")}`,
  );
  const expected = [...roles].filter(([, role]) => role !== "member").map((one) => one.join(" "));
  assert.deepEqual(holders.all().sort(), expected.sort());
}

/** Whether `undo` may have come between the end of what was done and the end of what is looked at. */
function mayBeUndone(done: Try, seen: Try, undone: readonly Try[]): boolean {
  return undone.some((undo) => undo.endedAt > done.beganAt && undo.beganAt < seen.endedAt);
}

/** Who was muted says nothing, and who was kicked does not come in, until that may be over. */
function checkSanctionsHeld(history: History): void {
  const seen = {
    mute: history.tries("append").filter(({ answer }) => answer?.result === "appended"),
    kick: history.tries("enter").filter(({ answer }) => answer?.result === "entered"),
  };
  for (const done of history.tries("addSanction")) {
    if (done.answer?.result !== "done") continue;
    const { kind, account } = done.options;
    const lifted = history.tries("liftSanction").filter(({ options, answer }) =>
      options.kind === kind && options.account === account && answer?.result === "done"
    );
    for (const one of seen[kind]) {
      if (one.options.account !== account || one.beganAt < done.endedAt) continue;
      assert(mayBeUndone(done, one, lifted), `${account} in spite of a ${kind}`);
    }
  }
}

/** Nobody comes in by a password that was changed, nor says anything by a device that was removed. */
function checkPasswords(history: History): void {
  const changes = history.tries("replacePassword").filter(({ isRefused }) => !isRefused);
  for (const entered of history.tries("enter")) {
    const { account, passwordRecord } = entered.options;
    if (entered.answer?.result !== "entered" || passwordRecord === undefined) continue;
    const own = changes.filter(({ options }) => options.account === account);
    const same = own.filter(({ options }) => options.passwordRecord === passwordRecord);
    for (const done of own) {
      if (same.includes(done) || entered.beganAt < done.endedAt) continue;
      assert(mayBeUndone(done, entered, same), `${account} by a password of before`);
    }
  }
  for (const { answer, options, endedAt } of history.tries("removeDevices")) {
    if (answer !== "removed") continue;
    const said = history.tries("append").filter((one) =>
      one.options.account === options.account &&
      options.devices.includes(one.options.device) && one.beganAt > endedAt
    );
    assert(said.every(({ isRefused }) => isRefused), "said by a removed device");
  }
}

/** Nothing is said by a right of before the account's sessions were ended. */
function checkGenerations(history: History): void {
  const ends: readonly Try<"replacePassword" | "addSanction">[] = [
    ...history.tries("replacePassword").filter(({ answer }) => answer !== undefined),
    ...history.tries("addSanction").filter(({ options, answer }) =>
      options.kind === "kick" && answer?.result === "done"
    ),
  ];
  for (const { answer, options, beganAt } of history.tries("append")) {
    if (answer?.result !== "appended") continue;
    const before = ends.filter((end) =>
      end.endedAt < beganAt && end.options.account === options.account
    );
    assert(options.generation >= before.length, `${options.account} by a right of before`);
  }
}

/** What is given to one alone: a key package, a use of an invite, the place after a version. */
function checkOnce(database: Database, history: History): void {
  const given = history.tries("takeKeyPackage").flatMap(({ answer }) =>
    answer === undefined || answer.lastResort ? [] : [new TextDecoder().decode(answer.keyPackage)]
  );
  const published = history.tries("publishKeyPackages").flatMap(({ options, answer }) =>
    answer === undefined ? [] : options.packages.map((one) => new TextDecoder().decode(one))
  );
  // One that was published twice, for its answer was lost, may be given twice.
  for (const one of new Set(given)) {
    const times = (all: readonly string[]) => all.filter((other) => other === one).length;
    assert(times(given) <= times(published), `key package ${one} was given twice`);
  }
  const pages = history.tries("writePage").filter(({ answer }) => answer === true);
  requireDistinct(
    pages.map(({ options }) => `${options.account} ${options.follows}`),
    "two pages follow the same one",
  );
  const removed = history.tries("removeDevices").filter(({ answer }) => answer === "removed");
  requireDistinct(
    removed.map(({ options }) => `${options.account} ${options.sequence}`),
    "two lists of removed devices of one number",
  );
  const guests = database.query(
    "SELECT count(*) AS total FROM account WHERE account LIKE 'guest%'",
    (row) => row.integer("total"),
  ).first();
  const created = history.tries("createAccount").filter(({ answer }) => answer === "created");
  assert.equal(guests, created.length);
  assert((guests ?? 0) <= INVITED, `${guests} came by an invite for ${INVITED}`);
}

function requireDistinct(all: readonly string[], message: string): void {
  assert.deepEqual(all.filter((one, i) => all.indexOf(one) !== i), [], message);
}

/** Nobody has more uploads than may be, and the sum of all is true. */
function checkUploads(database: Database): void {
  const { bytes, uploads, allBytes } = UPLOAD_LIMITS;
  const over = database.query(
    `SELECT sender FROM upload GROUP BY sender HAVING count(*) > ? OR sum(size_bytes) > ?`,
    (row) => row.integer("sender"),
  );
  assert.deepEqual(over.all(uploads, bytes), [], "too many uploads");
  const [sums] = database.query(
    `SELECT size_bytes, (SELECT coalesce(sum(reserved_bytes), 0) FROM upload) AS reserved
      FROM upload_total`,
    (row) => ({ total: row.integer("size_bytes"), reserved: row.integer("reserved") }),
  ).all();
  assert.equal(sums.total, sums.reserved);
  assert(sums.total <= allBytes, `${sums.total} bytes are reserved`);
}
