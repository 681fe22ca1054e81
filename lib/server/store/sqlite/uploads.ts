/** Uploads: whose they are, for whom, and of what size. Their bytes are files of the spool. */

import type { Database } from "../../../storage/database.ts";
import type { LookupName } from "../lookups.ts";
import type { UploadStore } from "../upload_store.ts";
import { keptUpload, makeRoom, requireSameUpload, uploadId } from "../upload_rules.ts";
import type { Answer } from "../store.ts";
import { accountId, rowNumber } from "../columns.ts";

type Calls = {
  readonly [Name in Exclude<keyof UploadStore, LookupName>]: (
    ...args: Parameters<UploadStore[Name]>
  ) => Answer<Name>;
};

/** Prepares the statements. */
export function uploadTable(database: Database): Calls {
  const statements = prepare(database);
  const { find, findAccount, total, insert, touch, remove, old } = statements;
  return {
    openUpload: ({ upload, sender, audience, sizeBytes, limits, nowMs }) => {
      const from = findAccount.first(sender);
      if (from === undefined) return { result: "unknown-account" };
      const room = "room" in audience ? audience.room : undefined;
      if (room !== undefined && statements.findMember.first(room, from) === undefined) {
        return { result: "not-member" };
      }
      const known = find.first(upload);
      if (known !== undefined) {
        requireSameUpload(known, { sender, audience, sizeBytes });
        touch.run(nowMs, upload);
        // A room's is sent once more when nobody waits for it; until then, whoever is done stays so.
        const { waiting } = statements.sumReaders.first(upload) ?? { waiting: 0 };
        if (room === undefined || waiting === 0) statements.waitAgain.run(upload);
        const { reservedBytes } = known;
        const readers = statements.readers.all(upload);
        return { result: "opened", isNew: false, removed: [], readers, reservedBytes };
      }
      const readers = "room" in audience
        ? statements.membersBut.all(audience.room, from)
        : [findAccount.first(audience.account)].filter((one) => one !== undefined);
      if (room === undefined && readers.length === 0) return { result: "unknown-account" };
      const making = findRoom(statements, from, { sizeBytes, limits });
      if (making === undefined) return { result: "quota-exceeded" };
      const reservedBytes = Math.min(sizeBytes, limits.firstBytes);
      const allBytes = (total.first() ?? 0) - making.freedBytes + reservedBytes;
      if (allBytes > limits.allBytes) return { result: "spool-full" };
      for (const one of making.removed) remove.run(one);
      insert.run(upload, from, room ?? null, sizeBytes, nowMs, reservedBytes);
      for (const reader of readers) statements.addReader.run(upload, reader);
      const { removed } = making;
      const all = statements.readers.all(upload);
      return { result: "opened", isNew: true, removed, readers: all, reservedBytes };
    },
    reserveUpload: ({ upload, bytes, limits }) => {
      const known = find.first(upload);
      if (known === undefined) return "unknown";
      const missing = Math.min(bytes, known.sizeBytes - known.reservedBytes);
      if (missing > 0 && (total.first() ?? 0) + missing > limits.allBytes) return "full";
      statements.reserve.run(missing, upload);
      return "reserved";
    },
    releaseUpload: ({ upload, account, reader, keepBytes }) => {
      const known = find.first(upload);
      if (known === undefined) return "unknown";
      if (known.sender === account) {
        if (reader !== undefined) statements.isDone.run(upload, reader);
      } else if (statements.isDone.run(upload, account) === 0) return "unknown";
      const { waiting, done } = statements.sumReaders.first(upload) ?? { waiting: 0, done: 0 };
      const isTakenBack = known.sender === account && reader === undefined;
      if (!isTakenBack && waiting > 0) return "kept";
      if (!isTakenBack && done > 0 && known.sizeBytes <= keepBytes) {
        statements.markDone.run(upload);
        return "kept";
      }
      remove.run(upload);
      return "removed";
    },
    expireUploads: ({ beforeMs, limit }) => {
      const expired = old.all(beforeMs, limit);
      for (const one of expired) remove.run(one);
      return expired;
    },
  };
}

function findRoom(
  { sum, doneWith }: ReturnType<typeof prepare>,
  from: number,
  needed: Parameters<typeof makeRoom>[1],
): ReturnType<typeof makeRoom> {
  const present = sum.first(from) ?? NONE;
  // Only when there is no room it is worth to look for what may go.
  return makeRoom(present, needed, []) ??
    makeRoom(present, needed, doneWith.all(from, needed.limits.uploads));
}

const NONE = { uploads: 0, bytes: 0 };

function prepare(database: Database) {
  return {
    find: database.query(
      `SELECT u.upload, s.account AS sender, u.room, u.size_bytes, u.reserved_bytes, r.account AS reader FROM upload u
        JOIN account s ON s.id = u.sender
        LEFT JOIN upload_reader x ON x.upload = u.upload AND u.room IS NULL
        LEFT JOIN account r ON r.id = x.reader WHERE u.upload = ?`,
      keptUpload,
    ),
    /** Of the open room of this number, without those that are to go. */
    findMember: database.query(
      `SELECT p.account AS id FROM ${OPEN_ROOM} AND p.account = ?2 AND ${STAYS}`,
      rowNumber,
    ),
    membersBut: database.query(
      `SELECT p.account AS id FROM ${OPEN_ROOM} AND p.account <> ?2 AND ${STAYS}`,
      rowNumber,
    ),
    findAccount: database.query(
      "SELECT id FROM account WHERE account = ? AND deleted = 0",
      rowNumber,
    ),
    sum: database.query(
      "SELECT count(*) AS uploads, coalesce(sum(size_bytes), 0) AS bytes FROM upload WHERE sender = ?",
      (row) => ({ uploads: row.integer("uploads"), bytes: row.integer("bytes") }),
    ),
    total: database.query(
      "SELECT size_bytes FROM upload_total WHERE id = 1",
      (row) => row.integer("size_bytes"),
    ),
    doneWith: database.query(
      `SELECT upload, size_bytes, reserved_bytes FROM upload
        WHERE sender = ? AND done = 1 ORDER BY touched_ms LIMIT ?`,
      (row) => ({
        upload: uploadId(row),
        sizeBytes: row.integer("size_bytes"),
        reservedBytes: row.integer("reserved_bytes"),
      }),
    ),
    insert: database.command(
      `INSERT INTO upload (upload, sender, room, size_bytes, touched_ms, reserved_bytes)
        VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    reserve: database.command(
      "UPDATE upload SET reserved_bytes = reserved_bytes + ? WHERE upload = ?",
    ),
    touch: database.command("UPDATE upload SET touched_ms = ?, done = 0 WHERE upload = ?"),
    remove: database.command("DELETE FROM upload WHERE upload = ?"),
    markDone: database.command("UPDATE upload SET done = 1 WHERE upload = ?"),
    old: database.query(
      "SELECT upload FROM upload WHERE touched_ms < ? ORDER BY touched_ms LIMIT ?",
      uploadId,
    ),
    ...prepareReaders(database),
  };
}

/** Who of those that an upload is for may read it, and is done with it. */
function prepareReaders(database: Database) {
  return {
    addReader: database.command("INSERT INTO upload_reader (upload, reader) VALUES (?, ?)"),
    readers: database.query(
      `SELECT a.account FROM upload_reader x CROSS JOIN account a ON a.id = x.reader
        WHERE x.upload = ? ORDER BY x.reader`,
      (row) => accountId(row),
    ),
    sumReaders: database.query(
      `SELECT coalesce(sum(done = 0), 0) AS waiting, coalesce(sum(done), 0) AS done
        FROM upload_reader WHERE upload = ?`,
      (row) => ({ waiting: row.integer("waiting"), done: row.integer("done") }),
    ),
    waitAgain: database.command("UPDATE upload_reader SET done = 0 WHERE upload = ?"),
    isDone: database.command(
      `UPDATE upload_reader SET done = 1
        WHERE upload = ? AND reader = (SELECT id FROM account WHERE account = ?)`,
    ),
  };
}

/** CROSS JOIN keeps SQLite to the order as written (sqlite.org/optoverview.html §8). */
const OPEN_ROOM = `room r CROSS JOIN conversation c ON c.id = r.conversation AND c.open = 1
  CROSS JOIN conversation_account p ON p.conversation = c.id WHERE r.number = ?1`;
const STAYS = `NOT EXISTS (
  SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)`;
