/** Uploads: whose they are, for whom, and of what size. Their bytes are files of the spool. */

import { Refusal } from "../../base/errors.ts";
import type { UploadId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";
import type { Upload } from "../upload_store.ts";
import type { StoreCalls, UploadCallName } from "./calls.ts";
import { accountId, rowNumber } from "./columns.ts";

type Calls = Pick<StoreCalls, UploadCallName>;

// The cast: only this room's own statements write this column, from values that carry the brand.
const uploadId = (row: Row): UploadId => row.text("upload") as UploadId;

const readUpload = (row: Row): Upload => ({
  upload: uploadId(row),
  sender: accountId(row, "sender"),
  reader: accountId(row, "reader"),
  sizeBytes: row.integer("size_bytes"),
});

/** Prepares the statements. */
export function uploadCalls(database: Database): Calls {
  const statements = prepare(database);
  const { find, findAccount, sum, total, doneWith, insert, touch, remove, markDone, old } =
    statements;
  return {
    openUpload: ({ upload, sender, reader, sizeBytes, limits, nowMs }) => {
      const known = find.first(upload);
      if (known !== undefined) {
        const isSame = known.sender === sender && known.reader === reader &&
          known.sizeBytes === sizeBytes;
        if (!isSame) throw new Refusal("not-permitted", "This upload is not yours, or another one");
        touch.run(nowMs, upload);
        return { result: "opened", removed: [] };
      }
      const from = findAccount.first(sender);
      const to = findAccount.first(reader);
      if (from === undefined || to === undefined) return { result: "unknown-account" };
      const has = sum.first(from) ?? { uploads: 0, bytes: 0 };
      let { uploads, bytes } = has;
      const removed: UploadId[] = [];
      const isFull = () => uploads >= limits.uploads || bytes + sizeBytes > limits.bytes;
      if (isFull()) {
        for (const one of doneWith.all(from, limits.uploads)) {
          if (!isFull()) break;
          uploads--;
          bytes -= one.sizeBytes;
          removed.push(one.upload);
        }
      }
      if (isFull()) return { result: "quota-exceeded" };
      const freed = has.bytes - bytes;
      const allBytes = (total.first() ?? 0) - freed + sizeBytes;
      if (allBytes > limits.allBytes) return { result: "spool-full" };
      for (const one of removed) remove.run(one);
      insert.run(upload, from, to, sizeBytes, nowMs);
      return { result: "opened", removed };
    },
    findUpload: (upload) => find.first(upload),
    releaseUpload: ({ upload, account, keepBytes }) => {
      const known = find.first(upload);
      if (known?.sender !== account && known?.reader !== account) return "unknown";
      if (known.sender !== account && known.sizeBytes <= keepBytes) {
        markDone.run(upload);
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

function prepare(database: Database) {
  return {
    find: database.query(
      `SELECT u.upload, s.account AS sender, r.account AS reader, u.size_bytes FROM upload u
        JOIN account s ON s.id = u.sender JOIN account r ON r.id = u.reader WHERE u.upload = ?`,
      readUpload,
    ),
    findAccount: database.query("SELECT id FROM account WHERE account = ?", rowNumber),
    sum: database.query(
      "SELECT count(*) AS uploads, coalesce(sum(size_bytes), 0) AS bytes FROM upload WHERE sender = ?",
      (row) => ({ uploads: row.integer("uploads"), bytes: row.integer("bytes") }),
    ),
    total: database.query(
      "SELECT size_bytes FROM upload_total WHERE id = 1",
      (row) => row.integer("size_bytes"),
    ),
    doneWith: database.query(
      "SELECT upload, size_bytes FROM upload WHERE sender = ? AND done = 1 ORDER BY touched_ms LIMIT ?",
      (row) => ({ upload: uploadId(row), sizeBytes: row.integer("size_bytes") }),
    ),
    insert: database.command(
      "INSERT INTO upload (upload, sender, reader, size_bytes, touched_ms) VALUES (?, ?, ?, ?, ?)",
    ),
    touch: database.command("UPDATE upload SET touched_ms = ?, done = 0 WHERE upload = ?"),
    remove: database.command("DELETE FROM upload WHERE upload = ?"),
    markDone: database.command("UPDATE upload SET done = 1 WHERE upload = ?"),
    old: database.query(
      "SELECT upload FROM upload WHERE touched_ms < ? ORDER BY touched_ms LIMIT ?",
      uploadId,
    ),
  };
}
