/** The tables of a pair's order. Only ever append a migration; never change one that was released. */

/**
 * Two accounts with one device each. Nothing in it is secret: envelopes are ciphertext, the rest is what both sides show
 * each other.
 */
export const PAIR_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE member (
    account TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    identity TEXT NOT NULL,
    device TEXT NOT NULL,
    roster_entry BLOB NOT NULL,
    certificate BLOB NOT NULL,
    -- Of its numbers in use; those far below are never taken again.
    highest_number INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE key_package (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL REFERENCES member,
    last_resort INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX key_package_account ON key_package (account, last_resort);

  -- Rows stay when a conversation is closed: an id that was known is never taken again (SR-18).
  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL UNIQUE,
    open INTEGER NOT NULL DEFAULT 1,
    epoch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    group_info BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX conversation_open ON conversation (open) WHERE open = 1;

  CREATE TABLE envelope (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    seq INTEGER NOT NULL,
    envelope TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sender TEXT NOT NULL REFERENCES member,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    -- NULL once the other side has stored it; the row stays a while, so that a resend is known.
    body BLOB,
    UNIQUE (conversation, seq),
    UNIQUE (sender, number)
  ) STRICT;
  -- What waits.
  CREATE INDEX envelope_waiting ON envelope (sender, id) WHERE body IS NOT NULL;

  CREATE TABLE winner (
    conversation INTEGER NOT NULL REFERENCES conversation,
    epoch INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    PRIMARY KEY (conversation, epoch)
  ) STRICT, WITHOUT ROWID;
  `,
];
