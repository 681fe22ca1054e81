/** The tables of the server's database. Rows refer to each other by small numbers; the ids of the wire are looked up once. */

import { FIRST_TABLES } from "./schema_first.ts";

/**
 * Version by version; only ever appended to (SR-31).
 *
 * Nothing in here can be read by the server but what is the server's by nature: account names, public keys, certificates,
 * who is in a conversation with whom, when and how much (SR-55, SR-56), and broadcasts.
 */
export const MIGRATIONS: readonly string[] = [
  FIRST_TABLES,
  `
-- Read by everyone, so kept as it came (SR-60). AUTOINCREMENT: a number is never given out again.
CREATE TABLE broadcast (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  broadcast TEXT NOT NULL UNIQUE,
  sender INTEGER NOT NULL REFERENCES account(id),
  at_ms INTEGER NOT NULL,
  statement BLOB NOT NULL
) STRICT;
CREATE INDEX broadcast_by_time ON broadcast(at_ms);
`,
  `
-- Who is more than a member; everyone else has no row.
CREATE TABLE role (
  account INTEGER PRIMARY KEY REFERENCES account(id),
  role TEXT NOT NULL CHECK (role IN ('moderator', 'owner'))
) STRICT;
CREATE INDEX role_by_role ON role(role);

CREATE TABLE sanction (
  account INTEGER NOT NULL REFERENCES account(id),
  kind TEXT NOT NULL CHECK (kind IN ('kick', 'mute')),
  -- Null: the operator, as in table audit.
  by INTEGER REFERENCES account(id),
  at_ms INTEGER NOT NULL,
  -- Null: until it is taken back.
  until_ms INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX sanction_by_kind ON sanction(kind);
CREATE INDEX sanction_by_end ON sanction(until_ms) WHERE until_ms IS NOT NULL;

-- Numbers are never used twice: other processes ask for what came after one.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  by INTEGER REFERENCES account(id),
  target INTEGER REFERENCES account(id),
  until_ms INTEGER,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_age ON audit(at_ms);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'constraint failed: what was written down stays'); END;
`,
  `
-- Rooms. What stands here is what must be known to deliver and to refuse; names and topics travel sealed (0020-rooms.md).
CREATE TABLE room (
  conversation INTEGER PRIMARY KEY REFERENCES conversation(id),
  -- Never another room's; a repaired room keeps it, so closed conversations may share one.
  number INTEGER NOT NULL,
  -- Entries of the charter.
  version INTEGER NOT NULL,
  creator INTEGER NOT NULL REFERENCES device(id),
  replaced INTEGER REFERENCES conversation(id),
  -- How many things were said (row S3.35).
  last_place INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX room_by_number ON room(number);
CREATE INDEX room_by_replaced ON room(replaced);

CREATE TABLE room_entry (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  version INTEGER NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (conversation, version)
) STRICT, WITHOUT ROWID;

-- An invitation without its entry: named when the room was founded, still to be signed.
CREATE TABLE room_invitation (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  account INTEGER NOT NULL REFERENCES account(id),
  expires_ms INTEGER NOT NULL,
  entry BLOB,
  -- 1 once it was turned down: kept for those in charge, until it would have ended.
  declined INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_invitation_by_account ON room_invitation(account);
CREATE INDEX room_invitation_by_expiry ON room_invitation(expires_ms);

-- Removals that no commit has carried out yet. The account gets nothing any more.
CREATE TABLE room_removal (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  account INTEGER NOT NULL REFERENCES account(id),
  entry BLOB NOT NULL,
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;

-- The number of something said in its room; null for everything else.
ALTER TABLE envelope ADD COLUMN place INTEGER;
`,
  `
-- 1 while the password is the one that the operator imported (row S3.11). Until its owner signs in for the first time an
-- imported account has no identity: its roster entry is empty.
ALTER TABLE account ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
CREATE INDEX account_unclaimed ON account (roster_entry) WHERE roster_entry = x'';
`,
  `
-- The lives of this database: a restored backup begins a new one (SR-58, store/incarnation.ts).
CREATE TABLE incarnation (
  number INTEGER PRIMARY KEY,
  incarnation TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO incarnation (number, incarnation) VALUES (0, lower(hex(randomblob(16))));

-- Where each conversation was when an incarnation began.
CREATE TABLE restored_place (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  incarnation INTEGER NOT NULL REFERENCES incarnation(number),
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (conversation, incarnation)
) STRICT, WITHOUT ROWID;
`,
  `
-- The devices that the present identity gave up, in a list that it signed (SR-10).
ALTER TABLE account ADD COLUMN revocation BLOB;
ALTER TABLE account ADD COLUMN revocation_sequence INTEGER NOT NULL DEFAULT 0;
-- Sealed for the account's own devices.
ALTER TABLE device ADD COLUMN name BLOB;
`,
  `
-- What accounts send each other besides messages: sealed bytes in files named by the id. Charged to the sender.
CREATE TABLE upload (
  upload TEXT PRIMARY KEY,
  sender INTEGER NOT NULL REFERENCES account(id),
  reader INTEGER NOT NULL REFERENCES account(id),
  size_bytes INTEGER NOT NULL,
  -- When its sender began or went on with it.
  touched_ms INTEGER NOT NULL,
  -- 1 when its reader is done with it: it makes room first.
  done INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_by_sender ON upload(sender, done, touched_ms, size_bytes);
CREATE INDEX upload_by_age ON upload(touched_ms);
`,
  `
-- What waits for whom is told from how far each member is, in bytes, and not counted for each message and member: a room
-- of a hundred devices is written to as cheaply as one of two. Nothing remembers who wrote to whom any more (SR-54).
DROP TRIGGER waiting_empty;
DROP TABLE waiting;
-- Bytes of all envelopes so far, and how often the delivery list has changed.
ALTER TABLE conversation ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN list_version INTEGER NOT NULL DEFAULT 0;
-- The conversation's sum up to and with this envelope.
ALTER TABLE envelope ADD COLUMN upto_bytes INTEGER NOT NULL DEFAULT 0;
-- The sum at the cursor, or at the last expired envelope: sent_bytes less this is what waits for the member.
ALTER TABLE conversation_member ADD COLUMN cursor_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE envelope SET upto_bytes = upto.bytes FROM (
  SELECT id, sum(size_bytes) OVER (PARTITION BY conversation ORDER BY seq) AS bytes FROM envelope) AS upto
  WHERE upto.id = envelope.id;
UPDATE conversation SET sent_bytes = coalesce(
  (SELECT max(e.upto_bytes) FROM envelope e WHERE e.conversation = conversation.id), 0);
UPDATE conversation_member SET cursor_bytes = coalesce((SELECT max(e.upto_bytes) FROM envelope e
  WHERE e.conversation = conversation_member.conversation AND e.seq <= conversation_member.cursor), 0);
CREATE INDEX member_by_lag ON conversation_member(conversation, cursor_bytes);
CREATE INDEX envelope_for_one ON envelope(recipient, conversation, seq) WHERE recipient IS NOT NULL;
`,
  `
-- A device that has one signs in with it only, and may do only what it allows (SR-48).
CREATE TABLE bot_token (
  device INTEGER PRIMARY KEY REFERENCES device(id),
  hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;
`,
  `
-- The row of a deleted account stays, so that its id is never given out again (SR-06); nothing else of it does.
ALTER TABLE account ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX account_deleted ON account (deleted) WHERE deleted = 1;
`,
  `
-- What the devices of an account keep in common, sealed by them for each other.
CREATE TABLE notebook (
  owner INTEGER NOT NULL REFERENCES account(id),
  page TEXT NOT NULL,
  version TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (owner, page)
) STRICT;
`,
  `
-- What still waits for somebody: whoever looks for theirs passes nothing that everybody has. The rest is bounded by quotas.
CREATE INDEX envelope_waiting ON envelope(conversation, seq) WHERE body IS NOT NULL;
`,
  `
-- What all uploads together may fill, added up as they come and go: nobody counts them all.
CREATE TABLE upload_total (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size_bytes INTEGER NOT NULL
) STRICT;
INSERT INTO upload_total (id, size_bytes) SELECT 1, coalesce(sum(size_bytes), 0) FROM upload;
CREATE TRIGGER upload_comes AFTER INSERT ON upload
  BEGIN UPDATE upload_total SET size_bytes = size_bytes + new.size_bytes WHERE id = 1; END;
CREATE TRIGGER upload_goes AFTER DELETE ON upload
  BEGIN UPDATE upload_total SET size_bytes = size_bytes - old.size_bytes WHERE id = 1; END;
`,
  `
-- Uploads for rooms: one has as many readers as it is for, and makes room once all of them are done with it.
CREATE TABLE upload_reader (
  upload TEXT NOT NULL,
  reader INTEGER NOT NULL REFERENCES account(id),
  done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (upload, reader)
) STRICT, WITHOUT ROWID;
INSERT INTO upload_reader (upload, reader, done) SELECT upload, reader, done FROM upload;
DROP TRIGGER upload_comes;
DROP TRIGGER upload_goes;
ALTER TABLE upload RENAME TO upload_before;
CREATE TABLE upload (
  upload TEXT PRIMARY KEY,
  sender INTEGER NOT NULL REFERENCES account(id),
  -- The number of the room whose members may read it; null for one account.
  room INTEGER,
  size_bytes INTEGER NOT NULL,
  touched_ms INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO upload (upload, sender, size_bytes, touched_ms, done)
  SELECT upload, sender, size_bytes, touched_ms, done FROM upload_before;
DROP TABLE upload_before;
CREATE INDEX upload_by_sender ON upload(sender, done, touched_ms, size_bytes);
CREATE INDEX upload_by_age ON upload(touched_ms);
CREATE TRIGGER upload_comes AFTER INSERT ON upload
  BEGIN UPDATE upload_total SET size_bytes = size_bytes + new.size_bytes WHERE id = 1; END;
CREATE TRIGGER upload_goes AFTER DELETE ON upload BEGIN
  UPDATE upload_total SET size_bytes = size_bytes - old.size_bytes WHERE id = 1;
  DELETE FROM upload_reader WHERE upload = old.upload;
END;
`,
  `
-- What uploads together take is what has come of them, and a little ahead, not what was announced: nobody fills the spool by
-- words. What was begun before counts as a whole.
DROP TRIGGER upload_comes;
DROP TRIGGER upload_goes;
ALTER TABLE upload ADD COLUMN reserved_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE upload SET reserved_bytes = size_bytes;
CREATE TRIGGER upload_comes AFTER INSERT ON upload
  BEGIN UPDATE upload_total SET size_bytes = size_bytes + new.reserved_bytes WHERE id = 1; END;
CREATE TRIGGER upload_grows AFTER UPDATE OF reserved_bytes ON upload
  BEGIN UPDATE upload_total SET size_bytes = size_bytes + new.reserved_bytes - old.reserved_bytes WHERE id = 1; END;
CREATE TRIGGER upload_goes AFTER DELETE ON upload BEGIN
  UPDATE upload_total SET size_bytes = size_bytes - old.reserved_bytes WHERE id = 1;
  DELETE FROM upload_reader WHERE upload = old.upload;
END;
`,
  `
-- How often all sessions of the account were ended at once: what one that was let in before still says is refused (SR-47).
ALTER TABLE account ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
`,
  `
-- Open rooms: null for a room that invites. Name and topic are public there, and stay as the first entry says.
ALTER TABLE room ADD COLUMN open_name TEXT;
ALTER TABLE room ADD COLUMN open_topic TEXT NOT NULL DEFAULT '';
ALTER TABLE room ADD COLUMN open_size INTEGER NOT NULL DEFAULT 0;
CREATE INDEX room_by_open_name ON room(open_name, number) WHERE open_name IS NOT NULL;
`,
];
