/** What is read by one statement of conversations and rooms. */

import type { ConversationSummary } from "../../relay/message_log.ts";
import { accountId, conversationId, envelopeId } from "./columns.ts";
import { all, first, has, type Lookups } from "./lookup.ts";
import {
  readFoundRoom,
  readGuest,
  readOpenRoom,
  readRoomFacts,
  readRoomOfAccount,
  readRoomSummary,
} from "./room_rows.ts";
import { MAX_MATES, MAX_MEMBERS_WITH_PRESENCE } from "./room_rules.ts";

/** Of `p`, who is in room `c`: nobody wants them out. */
export const IS_STAYING_IN_ROOM = `NOT EXISTS (
  SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)`;

const OF_ROOM = "conversation = (SELECT id FROM conversation WHERE conversation = $1)";
// From the device, of which there is one: a room may have thousands.
const IS_MEMBER = `EXISTS (SELECT 1 FROM device d
  JOIN conversation_member m ON m.device = d.id AND m.conversation = c.id WHERE d.device = $1)`;

/** One row for each. */
export const ROOM_LOOKUPS = {
  findGroup: {
    values: ({ conversation, account }) => [conversation, account],
    ...first(
      `SELECT c.epoch, g.info FROM conversation c CROSS JOIN account a
        JOIN group_info g ON g.conversation = c.id AND g.epoch = c.epoch
        WHERE c.conversation = $1 AND c.open = 1 AND a.account = $2 AND (
          EXISTS (SELECT 1 FROM conversation_account p
            WHERE p.conversation = c.id AND p.account = a.id)
          OR EXISTS (SELECT 1 FROM room_invitation i
            WHERE i.conversation = c.id AND i.account = a.id AND i.declined = 0)
          OR EXISTS (SELECT 1 FROM room o WHERE o.conversation = c.id AND o.open_name IS NOT NULL))
          AND NOT EXISTS (SELECT 1 FROM room_removal r
            WHERE r.conversation = c.id AND r.account = a.id)`,
      (row) => ({ epoch: row.integer("epoch"), groupInfo: row.bytes("info") }),
    ),
  },
  findWinner: {
    values: ({ conversation, account, epoch }) => [conversation, account, epoch],
    ...first(
      `SELECT w.envelope FROM conversation c
        JOIN conversation_account p ON p.conversation = c.id JOIN account a ON a.id = p.account
        JOIN commit_winner w ON w.conversation = c.id
        WHERE c.conversation = $1 AND a.account = $2 AND w.epoch = $3`,
      envelopeId,
    ),
  },
  // Nothing but a Welcome has one recipient, and what was closed has no direct key.
  listConversations: {
    values: ({ account, device }) => [device, account],
    ...all(
      `SELECT c.conversation, c.epoch, coalesce(peer.account, own.account) AS peer,
          CAST(${IS_MEMBER} AS integer) AS member,
          CAST(EXISTS (SELECT 1 FROM device d
            JOIN conversation_member m ON m.device = d.id AND m.conversation = c.id
            JOIN envelope e ON e.recipient = d.id AND e.conversation = c.id AND e.seq > m.cursor
            WHERE d.device = $1) AS integer) AS welcome
        FROM account own JOIN conversation_account p ON p.account = own.id
        JOIN conversation c ON c.id = p.conversation AND c.direct_key IS NOT NULL
        LEFT JOIN conversation_account other
          ON other.conversation = c.id AND other.account <> own.id
        LEFT JOIN account peer ON peer.id = other.account
        WHERE own.account = $2 ORDER BY c.id`,
      (row): ConversationSummary => ({
        conversation: conversationId(row),
        peer: accountId(row, "peer"),
        epoch: row.integer("epoch"),
        member: row.boolean("member"),
        welcome: row.boolean("welcome"),
      }),
    ),
  },
  findRoom: {
    values: ({ conversation, account }) => [conversation, account],
    ...first(
      `SELECT number, version, is_in, is_invited FROM (
          SELECT r.number, r.version, r.open_name,
            CAST(EXISTS (SELECT 1 FROM conversation_account p
              WHERE p.conversation = c.id AND p.account = a.id) AS integer) AS is_in,
            CAST(EXISTS (SELECT 1 FROM room_invitation i
              WHERE i.conversation = c.id AND i.account = a.id
                AND i.entry IS NOT NULL AND i.declined = 0) AS integer) AS is_invited
          FROM room r JOIN conversation c ON c.id = r.conversation CROSS JOIN account a
          WHERE c.conversation = $1 AND c.open = 1 AND a.account = $2
            AND NOT EXISTS (SELECT 1 FROM room_removal x
              WHERE x.conversation = c.id AND x.account = a.id)) AS found
        WHERE is_in = 1 OR is_invited = 1 OR open_name IS NOT NULL`,
      readFoundRoom,
    ),
  },
  findReplacedRoom: {
    values: ({ conversation, account }) => [conversation, account],
    isInOrder: true,
    ...first(
      `WITH RECURSIVE heir(id) AS (
          SELECT id FROM conversation WHERE conversation = $1 AND open = 0
          UNION SELECT r.conversation FROM heir JOIN room r ON r.replaced = heir.id)
        SELECT r.version FROM conversation c JOIN room r ON r.conversation = c.id
        WHERE c.conversation = $1 AND EXISTS (
          SELECT 1 FROM heir JOIN conversation h ON h.id = heir.id AND h.open = 1
            JOIN account a ON a.account = $2
          WHERE EXISTS (SELECT 1 FROM conversation_account p
              WHERE p.conversation = h.id AND p.account = a.id)
            OR EXISTS (SELECT 1 FROM room_invitation i
              WHERE i.conversation = h.id AND i.account = a.id AND i.declined = 0))`,
      (row) => ({ version: row.integer("version") }),
    ),
  },
  hasRoom: {
    values: (number) => [number],
    ...has(
      `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE r.number = $1 AND c.open = 1`,
    ),
  },
  // Whether the account is in them or invited.
  listRooms: {
    values: ({ account, device, after, limit, nowMs }) => [device, account, after, limit, nowMs],
    isInOrder: true,
    ...all(
      `WITH own AS (SELECT id FROM account WHERE account = $2), mine AS (
          SELECT p.conversation, 'member' AS standing
            FROM own JOIN conversation_account p ON p.account = own.id
          UNION ALL
          SELECT i.conversation, CASE WHEN i.entry IS NULL THEN 'awaited' ELSE 'invited' END
            FROM own JOIN room_invitation i ON i.account = own.id WHERE i.declined = 0)
        SELECT r.number, c.conversation, c.epoch, r.version, old.conversation AS replaced,
          mine.standing, CAST(${IS_MEMBER} AS integer) AS member,
          CAST(EXISTS (SELECT 1 FROM room_removal x
            WHERE x.conversation = c.id) AS integer) AS wanted,
          CAST(EXISTS (SELECT 1 FROM room_invitation d
            WHERE d.conversation = c.id AND d.declined = 1) AS integer) AS declined,
          CAST(EXISTS (SELECT 1 FROM conversation_account p
            JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
            WHERE p.conversation = c.id AND (s.until_ms IS NULL OR s.until_ms > $5)
          ) AS integer) AS kicked
        FROM mine JOIN room r ON r.conversation = mine.conversation
        JOIN conversation c ON c.id = r.conversation AND c.open = 1
        LEFT JOIN conversation old ON old.id = r.replaced
        WHERE r.number > $3 AND (mine.standing <> 'awaited' OR r.replaced IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM own JOIN room_removal x ON x.account = own.id
            WHERE x.conversation = c.id)
        ORDER BY r.number LIMIT $4`,
      readRoomSummary,
    ),
  },
  // Those that let every account in (docs/decisions/0098-open-rooms.md).
  listOpenRooms: {
    values: ({ account, after, limit }) => [account, after, limit],
    ...all(
      `SELECT r.number, c.conversation, r.open_name, r.open_topic, r.open_size,
          (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
          CAST(EXISTS (SELECT 1 FROM conversation_account p JOIN account a ON a.id = p.account
            WHERE p.conversation = c.id AND a.account = $1) AS integer) AS member
        FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
        WHERE r.open_name IS NOT NULL AND r.number > $2 ORDER BY r.number LIMIT $3`,
      readOpenRoom,
    ),
  },
  // For the operator.
  listEveryRoom: {
    values: ({ after, limit }) => [after, limit],
    isInOrder: true,
    ...all(
      `SELECT r.number, a.name, r.last_place,
          (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
          (SELECT count(*) FROM room_invitation i
            WHERE i.conversation = c.id AND i.declined = 0) AS invited
        FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
        JOIN device d ON d.id = r.creator JOIN account a ON a.id = d.owner
        WHERE r.number > $1 ORDER BY r.number LIMIT $2`,
      readRoomFacts,
    ),
  },
  listRoomMembers: {
    values: (conversation) => [conversation],
    ...all(
      `SELECT a.account FROM conversation c JOIN conversation_account p ON p.conversation = c.id
        JOIN account a ON a.id = p.account WHERE c.conversation = $1 ORDER BY a.account`,
      (row) => accountId(row),
    ),
  },
  listRoomEntries: {
    values: ({ conversation, after, limit }) => [conversation, after, limit],
    ...all(
      `SELECT entry FROM room_entry WHERE ${OF_ROOM} AND version > $2 ORDER BY version LIMIT $3`,
      (row) => row.bytes("entry"),
    ),
  },
  findRoomInvitation: {
    values: ({ conversation, account }) => [conversation, account],
    ...first(
      `SELECT i.entry FROM room_invitation i JOIN account a ON a.id = i.account
        WHERE i.${OF_ROOM} AND a.account = $2 AND i.entry IS NOT NULL AND i.declined = 0`,
      (row) => row.bytes("entry"),
    ),
  },
  listRoomGuests: {
    values: ({ conversation, after, limit }) => [conversation, after ?? "", limit],
    ...all(
      `SELECT a.account, i.entry, i.expires_ms, i.declined
        FROM room_invitation i JOIN account a ON a.id = i.account
        WHERE i.${OF_ROOM} AND i.entry IS NOT NULL AND a.account > $2 ORDER BY a.account LIMIT $3`,
      readGuest,
    ),
  },
  listRemovals: {
    values: ({ conversation, limit }) => [conversation, limit],
    ...all(
      `SELECT entry FROM room_removal WHERE ${OF_ROOM} ORDER BY account LIMIT $2`,
      (row) => row.bytes("entry"),
    ),
  },
  listKickedMembers: {
    values: ({ conversation, nowMs, limit }) => [conversation, nowMs, limit],
    isInOrder: true,
    ...all(
      `SELECT a.account FROM conversation c JOIN conversation_account p ON p.conversation = c.id
        JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
        JOIN account a ON a.id = p.account
        WHERE c.conversation = $1 AND (s.until_ms IS NULL OR s.until_ms > $2)
          AND ${IS_STAYING_IN_ROOM} ORDER BY a.account LIMIT $3`,
      (row) => accountId(row),
    ),
  },
  listRoomsOf: {
    values: ({ account, limit }) => [account, limit],
    isInOrder: true,
    ...all(
      `SELECT r.number, r.version, c.conversation FROM account a
        JOIN conversation_account p ON p.account = a.id
        JOIN conversation c ON c.id = p.conversation AND c.open = 1
        JOIN room r ON r.conversation = c.id WHERE a.account = $1 ORDER BY r.number LIMIT $2`,
      readRoomOfAccount,
    ),
  },
  listRoomMates: {
    values: (account) => [account, MAX_MEMBERS_WITH_PRESENCE, MAX_MATES],
    isInOrder: true,
    ...all(
      `SELECT DISTINCT b.account FROM account a
        JOIN conversation_account own ON own.account = a.id
        JOIN conversation c ON c.id = own.conversation AND c.open = 1
        JOIN room r ON r.conversation = c.id AND r.open_name IS NULL
        JOIN conversation_account other ON other.conversation = c.id AND other.account <> a.id
        JOIN account b ON b.id = other.account
        WHERE a.account = $1 AND (
          SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) <= $2 LIMIT $3`,
      (row) => accountId(row),
    ),
  },
} satisfies Lookups;
