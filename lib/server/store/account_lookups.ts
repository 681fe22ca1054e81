/** What is read by one statement of accounts, devices, tokens, sanctions, uploads and the lives of the database. */

import { StorageError } from "../../base/errors.ts";
import type { RestoredPlace } from "./store.ts";
import {
  ACCOUNT_COLUMNS,
  BOT_TOKEN_COLUMNS,
  DEVICE_COLUMNS,
  readAccount,
  readBotToken,
  readDevice,
} from "./account_rows.ts";
import type { KeptPage } from "./account_store.ts";
import { conversationId } from "./columns.ts";
import { all, first, has, type Lookups } from "./lookup.ts";
import {
  AUDIT_COLUMNS,
  readAuditEntry,
  readRoleHolder,
  readSanction,
  roleOf,
  SANCTION_COLUMNS,
} from "./moderation_rows.ts";
import { IS_STAYING_IN_ROOM } from "./room_lookups.ts";
import { uploadId } from "./upload_rules.ts";

const SANCTIONS = `SELECT ${SANCTION_COLUMNS} FROM sanction s
  JOIN account a ON a.id = s.account LEFT JOIN account b ON b.id = s.by
  WHERE (s.until_ms IS NULL OR s.until_ms > $3) AND s.kind = $1`;

// No id is empty: what comes after `""` is everything.

/** One row for each. */
export const ACCOUNT_LOOKUPS = {
  hasName: {
    values: ({ account, skeleton }) => [account, skeleton],
    ...has("SELECT id FROM account WHERE account = $1 OR skeleton = $2"),
  },
  findAccount: {
    values: (account) => [account],
    ...first(
      `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE account = $1 AND deleted = 0`,
      readAccount,
    ),
  },
  findRecoveryCopy: {
    values: (account) => [account],
    ...first(
      "SELECT recovery_copy FROM account WHERE account = $1 AND deleted = 0",
      (row) => row.bytes("recovery_copy"),
    ),
  },
  readPage: {
    values: ({ account, page }) => [account, page],
    ...first(
      `SELECT version, body FROM notebook
        WHERE owner = (SELECT id FROM account WHERE account = $1 AND deleted = 0) AND page = $2`,
      (row): KeptPage => ({ version: row.text("version"), body: row.bytes("body") }),
    ),
  },
  checkToken: {
    values: ({ hash, nowMs }) => [hash, nowMs],
    ...has("SELECT uses FROM registration_token WHERE hash = $1 AND expires_ms > $2"),
  },
  findBotToken: {
    values: (device) => [device],
    ...first(
      `SELECT ${BOT_TOKEN_COLUMNS} FROM device d JOIN account a ON a.id = d.owner
        JOIN bot_token t ON t.device = d.id WHERE d.device = $1 AND d.removed = 0`,
      readBotToken,
    ),
  },
  listBotTokens: {
    values: ({ after, limit }) => [after ?? "", limit],
    isInOrder: true,
    ...all(
      `SELECT ${BOT_TOKEN_COLUMNS} FROM account a JOIN device d ON d.owner = a.id
        JOIN bot_token t ON t.device = d.id
        WHERE a.account > $1 AND d.removed = 0 ORDER BY a.account, d.id LIMIT $2`,
      readBotToken,
    ),
  },
  findDevice: {
    values: (account, device) => [device, account],
    ...first(
      `SELECT ${DEVICE_COLUMNS} WHERE d.device = $1 AND a.account = $2 AND d.removed = 0`,
      readDevice,
    ),
  },
  findRemovedDevice: {
    values: (account, device) => [device, account],
    ...first(
      `SELECT ${DEVICE_COLUMNS} WHERE d.device = $1 AND a.account = $2 AND d.removed = 1`,
      readDevice,
    ),
  },
  listDevices: {
    values: (account) => [account],
    ...all(
      `SELECT ${DEVICE_COLUMNS} WHERE a.account = $1 AND d.removed = 0 ORDER BY d.id`,
      readDevice,
    ),
  },
  findCertificate: {
    values: (hash) => [hash],
    ...first(
      "SELECT certificate FROM device WHERE certificate_hash = $1",
      (row) => row.bytes("certificate"),
    ),
  },
  countKeyPackages: {
    values: (device) => [device],
    sql: `SELECT count(*) FILTER (WHERE k.last_resort = 0) AS one_time,
        count(*) FILTER (WHERE k.last_resort = 1) AS last_resort
      FROM key_package k JOIN device d ON d.id = k.device WHERE d.device = $1`,
    answer: ([row]) => ({
      oneTime: row.integer("one_time"),
      lastResort: row.boolean("last_resort"),
    }),
  },
  findRole: {
    values: (account) => [account],
    sql: "SELECT r.role FROM role r JOIN account a ON a.id = r.account WHERE a.account = $1",
    answer: ([row]) => row === undefined ? "member" : roleOf(row),
  },
  listRoles: {
    values: ({ after, limit }) => [after ?? "", limit],
    isInOrder: true,
    ...all(
      `SELECT a.account, a.name, r.role FROM role r JOIN account a ON a.id = r.account
        WHERE r.role IN ('moderator', 'owner') AND a.account > $1 ORDER BY a.account LIMIT $2`,
      readRoleHolder,
    ),
  },
  findSanction: {
    values: ({ kind, account, nowMs }) => [kind, account, nowMs],
    isInOrder: true,
    ...first(
      `${SANCTIONS} AND s.account = (SELECT id FROM account WHERE account = $2)`,
      readSanction,
    ),
  },
  listSanctions: {
    values: ({ kind, after, limit, nowMs }) => [kind, after ?? "", nowMs, limit],
    isInOrder: true,
    ...all(`${SANCTIONS} AND a.account > $2 ORDER BY a.account LIMIT $4`, readSanction),
  },
  listAudit: {
    values: ({ before, limit }) => [before ?? Number.MAX_SAFE_INTEGER, limit],
    ...all(
      `SELECT ${AUDIT_COLUMNS} FROM audit e
        LEFT JOIN account b ON b.id = e.by LEFT JOIN account t ON t.id = e.target
        WHERE e.id < $1 ORDER BY e.id DESC LIMIT $2`,
      readAuditEntry,
    ),
  },
  hasUpload: {
    values: (upload) => [upload],
    ...has("SELECT upload FROM upload WHERE upload = $1"),
  },
  findUploadFor: {
    values: ({ upload, reader }) => [upload, reader],
    isInOrder: true,
    ...first(
      `SELECT u.size_bytes, u.reserved_bytes FROM upload u JOIN account a ON a.account = $2
        JOIN upload_reader x ON x.upload = u.upload AND x.reader = a.id
        WHERE u.upload = $1 AND (u.room IS NULL OR EXISTS (
          SELECT 1 FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
          JOIN conversation_account p ON p.conversation = c.id AND p.account = a.id
          WHERE r.number = u.room AND ${IS_STAYING_IN_ROOM}))`,
      (row) => ({
        sizeBytes: row.integer("size_bytes"),
        reservedBytes: row.integer("reserved_bytes"),
      }),
    ),
  },
  listUploadsOf: {
    values: ({ sender, room }) => [sender, room],
    isInOrder: true,
    ...all(
      `SELECT u.upload, u.size_bytes FROM account a JOIN upload u ON u.sender = a.id
        WHERE a.account = $1 AND u.room = $2`,
      (row) => ({ upload: uploadId(row), sizeBytes: row.integer("size_bytes") }),
    ),
  },
  findIncarnation: {
    values: () => [],
    sql: `SELECT incarnation FROM incarnation
      WHERE number = (SELECT max(number) FROM incarnation)`,
    answer: ([row]) => {
      if (row !== undefined) return row.text("incarnation");
      throw new StorageError("damaged", "Cannot read database: it has no incarnation");
    },
  },
  // An incarnation that this database never had is of a life that was restored over: it has seen none of these restores.
  listRestored: {
    values: ({ account, known, after, limit }) => [account, known, after ?? "", limit],
    ...all(
      `SELECT c.conversation, min(r.epoch) AS epoch, min(r.seq) AS seq
        FROM account a JOIN conversation_account p ON p.account = a.id
        JOIN conversation c ON c.id = p.conversation
        JOIN restored_place r ON r.conversation = c.id
        WHERE a.account = $1 AND c.open = 1 AND c.conversation > $3
          AND r.incarnation > coalesce((SELECT number FROM incarnation WHERE incarnation = $2), 0)
        GROUP BY c.conversation ORDER BY c.conversation LIMIT $4`,
      (row): RestoredPlace => ({
        conversation: conversationId(row),
        epoch: row.integer("epoch"),
        seq: row.integer("seq"),
      }),
    ),
  },
} satisfies Lookups;
