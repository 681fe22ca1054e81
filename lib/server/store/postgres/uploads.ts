/**
 * Uploads: whose they are, for whom, and of what size. Their bytes are files of the spool. Whoever changes one locks its row, then
 * that of the sum of all.
 */

import type { AccountId, UploadId } from "../../../base/ids.ts";
import { accountId, rowNumber } from "../columns.ts";
import { IS_STAYING_IN_ROOM } from "../room_lookups.ts";
import type { Answer } from "../store.ts";
import { keptUpload, makeRoom, requireSameUpload, uploadId } from "../upload_rules.ts";
import type { Audience, UploadStore } from "../upload_store.ts";
import { integerArray, textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { lockAccounts } from "./locks.ts";

type Arguments<Name extends keyof UploadStore> = Parameters<UploadStore[Name]>[0];

/** Who sends it, and the number of the room that it is for. */
interface Begun {
  readonly from: number;
  readonly room: number | undefined;
}

/** See `UploadStore.openUpload`. */
export async function openUpload(
  transaction: Transaction,
  options: Arguments<"openUpload">,
): Promise<Answer<"openUpload">> {
  const { upload, sender, audience } = options;
  // One after the other for each sender: what it has is added up.
  const [, from, known] = await Promise.all([
    lockAccounts(transaction, { changed: [sender] }),
    transaction.first(FIND_ACCOUNT, sender),
    transaction.first(FIND_LOCKED, upload),
  ]);
  if (from === undefined) return { result: "unknown-account" };
  const room = "room" in audience ? audience.room : undefined;
  if (room !== undefined && !await transaction.has(FIND_MEMBER, room, from)) {
    return { result: "not-member" };
  }
  if (known === undefined) return await begin(transaction, options, { from, room });
  requireSameUpload(known, options);
  const [, { waiting }] = await Promise.all([
    transaction.run(TOUCH, options.nowMs, upload),
    sumReaders(transaction, upload),
  ]);
  // A room's is sent once more when nobody waits for it; until then, whoever is done stays so.
  if (room === undefined || waiting === 0) await transaction.run(WAIT_AGAIN, upload);
  const readers = await transaction.all(LIST_READERS, upload);
  const { reservedBytes } = known;
  return { result: "opened", isNew: false, removed: [], readers, reservedBytes };
}

/** See `UploadStore.reserveUpload`. */
export async function reserveUpload(
  transaction: Transaction,
  { upload, bytes, limits }: Arguments<"reserveUpload">,
): Promise<Answer<"reserveUpload">> {
  const known = await transaction.first(FIND_LOCKED, upload);
  if (known === undefined) return "unknown";
  const missing = Math.min(bytes, known.sizeBytes - known.reservedBytes);
  if (missing > 0 && await lockTotal(transaction) + missing > limits.allBytes) return "full";
  await transaction.run(RESERVE, missing, upload);
  return "reserved";
}

/** See `UploadStore.releaseUpload`. */
export async function releaseUpload(
  transaction: Transaction,
  { upload, account, reader, keepBytes }: Arguments<"releaseUpload">,
): Promise<Answer<"releaseUpload">> {
  const known = await transaction.first(FIND_LOCKED, upload);
  if (known === undefined) return "unknown";
  if (known.sender === account) {
    if (reader !== undefined) await transaction.run(IS_DONE, upload, reader);
  } else if (await transaction.run(IS_DONE, upload, account) === 0) return "unknown";
  const { waiting, done } = await sumReaders(transaction, upload);
  const isTakenBack = known.sender === account && reader === undefined;
  if (!isTakenBack && waiting > 0) return "kept";
  if (!isTakenBack && done > 0 && known.sizeBytes <= keepBytes) {
    await transaction.run(MARK_DONE, upload);
    return "kept";
  }
  await remove(transaction, [upload]);
  return "removed";
}

/** What somebody has under their hands is left for the next time. */
export async function expireUploads(
  transaction: Transaction,
  { beforeMs, limit }: Arguments<"expireUploads">,
): Promise<Answer<"expireUploads">> {
  const expired = await transaction.all(LIST_OLD, beforeMs, limit);
  await remove(transaction, expired);
  return expired;
}

/** One that is not there yet. */
async function begin(
  transaction: Transaction,
  { upload, audience, sizeBytes, limits, nowMs }: Arguments<"openUpload">,
  { from, room }: Begun,
): Promise<Answer<"openUpload">> {
  const readers = await findReaders(transaction, audience, from);
  if (room === undefined && readers.length === 0) return { result: "unknown-account" };
  const [present, doneWith] = await Promise.all([
    transaction.first(SUM, from),
    transaction.all(LIST_DONE_WITH, from, limits.uploads),
  ]);
  const making = makeRoom(present ?? { uploads: 0, bytes: 0 }, { sizeBytes, limits }, doneWith);
  if (making === undefined) return { result: "quota-exceeded" };
  const { removed, freedBytes } = making;
  const reservedBytes = Math.min(sizeBytes, limits.firstBytes);
  const allBytes = await lockTotal(transaction) - freedBytes + reservedBytes;
  if (allBytes > limits.allBytes) return { result: "spool-full" };
  const [, , , all] = await Promise.all([
    remove(transaction, removed),
    transaction.run(INSERT, upload, from, room ?? null, sizeBytes, nowMs, reservedBytes),
    transaction.run(ADD_READERS, upload, integerArray(readers)),
    transaction.all(LIST_READERS, upload),
  ]);
  return { result: "opened", isNew: true, removed, readers: all, reservedBytes };
}

async function findReaders(
  transaction: Transaction,
  audience: Audience,
  from: number,
): Promise<readonly number[]> {
  return "room" in audience
    ? await transaction.all(LIST_MEMBERS_BUT, audience.room, from)
    : await transaction.all(FIND_ACCOUNT, audience.account);
}

async function sumReaders(
  transaction: Transaction,
  upload: UploadId,
): Promise<{ waiting: number; done: number }> {
  return await transaction.first(SUM_READERS, upload) ?? { waiting: 0, done: 0 };
}

/** What is reserved of all uploads; nobody reserves more until this transaction ends. */
async function lockTotal(transaction: Transaction): Promise<number> {
  return await transaction.integer(LOCK_TOTAL) ?? 0;
}

async function remove(transaction: Transaction, uploads: readonly UploadId[]): Promise<void> {
  if (uploads.length > 0) await transaction.run(REMOVE, textArray(uploads));
}

/** Whether an account is in the open room of a number, and nobody wants it out. */
const IN_ROOM = `room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
  JOIN conversation_account p ON p.conversation = c.id
  WHERE r.number = $1 AND ${IS_STAYING_IN_ROOM}`;

const FIND_ACCOUNT = query("SELECT id FROM account WHERE account = $1 AND deleted = 0", rowNumber);

const FIND_LOCKED = query(
  `SELECT u.upload, s.account AS sender, u.room, u.size_bytes, u.reserved_bytes, (
      SELECT r.account FROM upload_reader x JOIN account r ON r.id = x.reader
        WHERE x.upload = u.upload AND u.room IS NULL) AS reader
    FROM upload u JOIN account s ON s.id = u.sender WHERE u.upload = $1 FOR UPDATE OF u`,
  keptUpload,
);

const FIND_MEMBER = `SELECT p.account FROM ${IN_ROOM} AND p.account = $2`;
const LIST_MEMBERS_BUT = query(
  `SELECT p.account AS id FROM ${IN_ROOM} AND p.account <> $2`,
  rowNumber,
);
const SUM = query(
  "SELECT count(*) AS uploads, coalesce(sum(size_bytes), 0) AS bytes FROM upload WHERE sender = $1",
  (row) => ({ uploads: row.integer("uploads"), bytes: row.integer("bytes") }),
);
const LIST_DONE_WITH = query(
  `SELECT upload, size_bytes, reserved_bytes FROM upload
    WHERE sender = $1 AND done = 1 ORDER BY touched_ms LIMIT $2 FOR UPDATE`,
  (row) => ({
    upload: uploadId(row),
    sizeBytes: row.integer("size_bytes"),
    reservedBytes: row.integer("reserved_bytes"),
  }),
);
const LOCK_TOTAL = "SELECT size_bytes FROM upload_total WHERE id = 1 FOR UPDATE";
const LIST_OLD = query(
  `SELECT upload FROM upload WHERE touched_ms < $1 ORDER BY touched_ms LIMIT $2
    FOR UPDATE SKIP LOCKED`,
  uploadId,
);
const INSERT = `INSERT INTO upload (upload, sender, room, size_bytes, touched_ms, reserved_bytes)
  VALUES ($1, $2, $3, $4, $5, $6)`;
const RESERVE = "UPDATE upload SET reserved_bytes = reserved_bytes + $1 WHERE upload = $2";
const TOUCH = "UPDATE upload SET touched_ms = $1, done = 0 WHERE upload = $2";
const REMOVE = "DELETE FROM upload WHERE upload = ANY ($1::text[])";
const MARK_DONE = "UPDATE upload SET done = 1 WHERE upload = $1";

const ADD_READERS = `INSERT INTO upload_reader (upload, reader)
  SELECT $1::text, reader FROM unnest($2::bigint[]) AS reader`;
const LIST_READERS = query(
  `SELECT a.account FROM upload_reader x JOIN account a ON a.id = x.reader
    WHERE x.upload = $1 ORDER BY x.reader`,
  (row): AccountId => accountId(row),
);
const SUM_READERS = query(
  `SELECT count(*) FILTER (WHERE done = 0) AS waiting, count(*) FILTER (WHERE done = 1) AS done
    FROM upload_reader WHERE upload = $1`,
  (row) => ({ waiting: row.integer("waiting"), done: row.integer("done") }),
);
const WAIT_AGAIN = "UPDATE upload_reader SET done = 0 WHERE upload = $1";
const IS_DONE = `UPDATE upload_reader SET done = 1
  WHERE upload = $1 AND reader = (SELECT id FROM account WHERE account = $2)`;
