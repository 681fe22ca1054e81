/** The tables that a profile's database began with. Never changed: what came later is in `schema.ts`. */

/** The first migration. */
export const FIRST_MIGRATION = `
  -- TOFU pins of servers, by the address they were reached at.
  CREATE TABLE known_server (
    address TEXT PRIMARY KEY,
    certificate BLOB NOT NULL,
    first_seen_ms INTEGER NOT NULL
  ) STRICT;

  -- The account of this profile, its identity key, its device's keys. Under 'previous.…' those before, until the server has
  -- taken the new ones.
  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE contact (
    account TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE certificate (
    hash TEXT PRIMARY KEY,
    body BLOB NOT NULL
  ) STRICT;

  CREATE TABLE key_package (
    reference TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    last_resort INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    -- When a last-resort package was replaced; its key is kept 7 days more (SR-30).
    replaced_ms INTEGER
  ) STRICT;

  -- Rows stay when a conversation is closed: an id that was known is never taken again (SR-18).
  CREATE TABLE conversation (
    conversation TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('opening', 'active', 'lost', 'ahead', 'out-of-step', 'closed')),
    -- Everything up to here is stored and may be acknowledged (SR-24).
    processed_seq INTEGER NOT NULL DEFAULT 0,
    -- 1 when this device joined while others had already spoken: their first numbers are not missing.
    joined_late INTEGER NOT NULL DEFAULT 0,
    -- 1 when this device came back with fresh keys and its next payload begins a new chain (SR-23).
    restarted INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX conversation_open ON conversation (peer) WHERE state <> 'closed';

  -- Every step is a conditional write on version (SR-22). A pending commit waits for the server's yes (SR-21).
  CREATE TABLE mls_group (
    conversation TEXT PRIMARY KEY REFERENCES conversation,
    version INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    pending_envelope TEXT,
    pending_sealed BLOB,
    -- When this device last committed, and how many messages it has sent since (SR-29).
    refreshed_ms INTEGER NOT NULL,
    sent_since INTEGER NOT NULL,
    -- Keys of the epochs below this one are erased (SR-29).
    erased_below INTEGER NOT NULL DEFAULT 0,
    -- Messages of the present epoch in a row that could not be opened; three mean a fork (SR-25).
    unreadable INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- Transcript hash of each epoch that was seen (SR-25).
  CREATE TABLE epoch (
    conversation TEXT NOT NULL REFERENCES conversation,
    epoch INTEGER NOT NULL,
    transcript BLOB NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation, epoch)
  ) STRICT, WITHOUT ROWID;

  -- Running numbers of payloads by sending device (SR-28).
  CREATE TABLE chain (
    conversation TEXT NOT NULL REFERENCES conversation,
    device TEXT NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (conversation, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE missing (
    conversation TEXT NOT NULL REFERENCES conversation,
    device TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- 1 once the person was told; it may still come.
    told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, device, number)
  ) STRICT, WITHOUT ROWID;

  -- Own texts in the order in which they were written: 'queued' until sealed, 'sealed' until the server has them, then 'sent'
  -- and 'delivered'. Epoch and conversation are those of the seal: a receipt must name them (SR-27).
  CREATE TABLE delivery (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sealed', 'sent', 'delivered', 'failed')),
    conversation TEXT,
    epoch INTEGER
  ) STRICT;

  -- Those of them that are not sealed for the other side yet.
  CREATE TABLE draft (
    id TEXT PRIMARY KEY REFERENCES delivery (id),
    peer TEXT NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;

  -- What goes to the server, in the order of number: the device's outbox number, never used twice (SR-23).
  CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversation,
    envelope TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'message', 'commit')),
    epoch INTEGER NOT NULL,
    -- Header fields of the request besides those above, JSON.
    fields TEXT NOT NULL,
    body BLOB NOT NULL,
    -- A message's payload, to seal it again when the group has moved on too far, or in another conversation.
    sealed BLOB
  ) STRICT;

  -- Messages whose receipt has not been sealed yet (SR-27).
  CREATE TABLE receipt_due (
    conversation TEXT NOT NULL REFERENCES conversation,
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (conversation, id)
  ) STRICT, WITHOUT ROWID;

  -- Envelopes that cannot be opened yet: a certificate is missing, an epoch is ahead, a person must decide (SR-24).
  CREATE TABLE parked (
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    fields TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (conversation, seq)
  ) STRICT, WITHOUT ROWID;

  -- The history: single rows, then blocks of 256 of them.
  CREATE TABLE message (
    place INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE block (
    first_place INTEGER PRIMARY KEY,
    last_place INTEGER NOT NULL,
    sealed_rows BLOB NOT NULL,
    sealed_search BLOB NOT NULL
  ) STRICT;
  -- How far what was received has been shown to the person.
  CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT;

  -- Who may process the mailbox now (SR-22).
  CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
  ) STRICT;
  `;
