/** The tables of the server as they first were. Never changed: what came since is in `schema.ts`. */

/** The first step of all. */
export const FIRST_TABLES = `
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  skeleton TEXT NOT NULL UNIQUE,
  identity TEXT NOT NULL,
  password_record TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  roster_entry BLOB NOT NULL,
  rotation BLOB,
  recovery_copy BLOB NOT NULL
) STRICT;
-- An account id is never given out again, whatever later versions do (SR-06).
CREATE TRIGGER account_stays BEFORE DELETE ON account
BEGIN SELECT RAISE(ABORT, 'constraint failed: an account row stays'); END;
CREATE TRIGGER account_id_stays BEFORE UPDATE OF account ON account
BEGIN SELECT RAISE(ABORT, 'constraint failed: an account id stays'); END;

-- A removed device keeps its row: its id is never taken again, and what it sent can still be verified.
CREATE TABLE device (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL UNIQUE,
  owner INTEGER NOT NULL REFERENCES account(id),
  removed INTEGER NOT NULL DEFAULT 0,
  signed_in INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  -- Of submissions that are expired; those that are not are in table envelope (SR-23).
  highest_expired_number INTEGER NOT NULL DEFAULT 0,
  certificate_hash TEXT NOT NULL UNIQUE,
  certificate BLOB NOT NULL
) STRICT;
CREATE INDEX device_by_owner ON device(owner);

CREATE TABLE key_package (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device(id),
  last_resort INTEGER NOT NULL,
  published_ms INTEGER NOT NULL,
  package BLOB NOT NULL
) STRICT;
CREATE INDEX key_package_by_device ON key_package(device, last_resort);
CREATE INDEX key_package_by_age ON key_package(published_ms);

CREATE TABLE registration_token (
  hash BLOB PRIMARY KEY,
  uses INTEGER NOT NULL CHECK (uses > 0),
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX registration_token_by_expiry ON registration_token(expires_ms);

CREATE TABLE conversation (
  id INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL UNIQUE,
  -- The two accounts of the one open direct conversation that they have (SR-19); null once it is closed.
  direct_key TEXT UNIQUE,
  open INTEGER NOT NULL DEFAULT 1,
  epoch INTEGER NOT NULL,
  last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Whose devices may be members.
CREATE TABLE conversation_account (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  account INTEGER NOT NULL REFERENCES account(id),
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_by_account ON conversation_account(account);

-- The delivery list. Everything up to the cursor is acknowledged.
CREATE TABLE conversation_member (
  device INTEGER NOT NULL REFERENCES device(id),
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  cursor INTEGER NOT NULL,
  PRIMARY KEY (device, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_cursor ON conversation_member(conversation, cursor);

-- Appended once per conversation. The body goes when all have it; the row stays for 30 days, for resends.
CREATE TABLE envelope (
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  seq INTEGER NOT NULL,
  envelope TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('message', 'commit', 'welcome')),
  epoch INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES device(id),
  -- The sender's outbox number; null for the Welcome that goes with a commit.
  number INTEGER,
  -- The only device that gets it; null for all members.
  recipient INTEGER REFERENCES device(id),
  at_ms INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  body BLOB,
  UNIQUE (conversation, seq),
  UNIQUE (sender, number)
) STRICT;
-- A Welcome has the id of the commit that it goes with.
CREATE UNIQUE INDEX envelope_by_id ON envelope(conversation, envelope) WHERE number IS NOT NULL;
CREATE INDEX envelope_by_age ON envelope(at_ms);

-- What waits for a device from an account, running; sender 0 is the sum of all (SR-54). Always equal to what is in
-- table envelope with a body, beyond the device's cursor, for the device and not from it.
CREATE TABLE waiting (
  device INTEGER NOT NULL REFERENCES device(id),
  sender INTEGER NOT NULL,
  envelopes INTEGER NOT NULL CHECK (envelopes >= 0),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  PRIMARY KEY (device, sender)
) STRICT, WITHOUT ROWID;
-- Who wrote to whom is not remembered longer than needed.
CREATE TRIGGER waiting_empty AFTER UPDATE ON waiting WHEN new.envelopes = 0
BEGIN DELETE FROM waiting WHERE device = new.device AND sender = new.sender; END;

CREATE TABLE group_info (
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  epoch INTEGER NOT NULL,
  info BLOB NOT NULL,
  UNIQUE (conversation, epoch)
) STRICT;

-- Kept for good: a device may come back after any time and ask (SR-21). The primary key is a second guard of the order.
CREATE TABLE commit_winner (
  conversation INTEGER NOT NULL REFERENCES conversation(id),
  epoch INTEGER NOT NULL,
  envelope TEXT NOT NULL,
  PRIMARY KEY (conversation, epoch)
) STRICT, WITHOUT ROWID;
`;
