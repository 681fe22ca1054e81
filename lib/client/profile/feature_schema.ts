/** Migrations of a profile: removed devices, what the devices of an account keep in common, live streams. */

/**
 * One migration of a profile. Table `revocation` from before is not read any more: it had one identity for each account, and
 * one pot for what the server hands out and what groups carry.
 */
export const REMOVAL_TABLES = `
  -- A row for each device that an account gave up, by the identity that says so. handed_out: on a list that the server handed
  -- out or took; else it is known from groups alone. The sequence is that of the newest such list. met: it was seen in a group.
  -- told: the owner knows that a device of theirs says so.
  CREATE TABLE removed_device (
    account TEXT NOT NULL,
    identity TEXT NOT NULL,
    device TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    handed_out INTEGER NOT NULL,
    met INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (account, identity, device)
  ) STRICT, WITHOUT ROWID;

  -- The lists that together name them, packed with the key that signed them, for groups to carry; their device ids in JSON,
  -- none where they were not read yet.
  CREATE TABLE removal_list (
    place INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    identity TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    handed_out INTEGER NOT NULL,
    devices TEXT NOT NULL,
    signed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX removal_list_of ON removal_list (account, identity);

  -- Where a list is kept, a group may have brought what is there: the server's is asked for once more.
  INSERT OR IGNORE INTO removed_device
    SELECT account, identity, value, sequence, signed IS NULL, 0, 0
    FROM revocation, json_each(revocation.devices) WHERE json_each.key < 250;
  INSERT INTO removal_list (account, identity, sequence, handed_out, devices, signed)
    SELECT account, identity, sequence, 0, '[]', signed FROM revocation WHERE signed IS NOT NULL;
  -- Counts what became known, over all accounts; higher than before, so that each group is looked through once more.
  INSERT OR REPLACE INTO mark
    SELECT 'removals', revision + 1 FROM revocation ORDER BY revision DESC LIMIT 1;
  `;

/** One migration of a profile. */
export const ACCOUNT_DATA_TABLES = `
-- When it was decided, for the account's other devices: the last decision counts. 0: nobody decided, it was found so. 'none':
  -- as if never met, which was something else before.
  CREATE TABLE decision (
    account TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('none', 'known', 'declined', 'blocked')),
    decided_ms INTEGER NOT NULL
  ) STRICT;
  INSERT INTO decision SELECT account, state, 0 FROM standing;
  DROP TABLE standing;
  ALTER TABLE decision RENAME TO standing;

  -- By the clock of the server, or ours. What is there already is of no time.
  ALTER TABLE entry ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX entry_time ON entry (at_ms);
  -- Up to which time a conversation was read, here and at the account's other devices: all of before, and of that very
  -- millisecond these, ids in JSON. Peer '*': the broadcasts.
  CREATE TABLE read_mark (
    peer TEXT NOT NULL,
    place TEXT NOT NULL CHECK (place IN ('here', 'elsewhere')),
    at_ms INTEGER NOT NULL,
    ids TEXT NOT NULL,
    PRIMARY KEY (peer, place)
  ) STRICT, WITHOUT ROWID;

  -- The pages that the account's devices keep in common: the version seen last, how often something was changed here, and how
  -- many of these changes the page has.
  CREATE TABLE notebook (
    page TEXT PRIMARY KEY,
    version TEXT,
    changed INTEGER NOT NULL DEFAULT 1,
    told INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO notebook (page) VALUES ('people'), ('read');
  `;

/** See `schema`. */
export const STREAM_TABLES = `
  -- Live streams that were offered. Ids stay, so that none is taken twice; titles are sealed.
  CREATE TABLE stream (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    peer TEXT NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'over')),
    offered_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX stream_waiting ON stream (number) WHERE state = 'open';

  -- Who wants to watch own streams, and the id that each device's reports are sealed for.
  CREATE TABLE stream_answer (
    stream TEXT NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'declined', 'left')),
    PRIMARY KEY (stream, device)
  ) STRICT, WITHOUT ROWID;
  `;

/** See `schema`. */
export const PARTY_TABLES = `
  -- Videos that are watched together: who is the host, and where it said to be last. Ids stay, so that none is taken twice.
  CREATE TABLE party (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    peer TEXT NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'over')),
    revision INTEGER NOT NULL,
    position_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    rate INTEGER NOT NULL,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
    heard_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX party_open ON party (peer, number) WHERE state = 'open';

  -- The devices that watch, or did.
  CREATE TABLE party_member (
    party TEXT NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'left')),
    PRIMARY KEY (party, device)
  ) STRICT, WITHOUT ROWID;
  `;

/** See `schema`. */
export const ROOM_TABLES = `
  -- The charter of a room's group, sealed, of the same version as its state; null for direct ones.
  ALTER TABLE mls_group ADD COLUMN charter BLOB;
  ALTER TABLE mls_group ADD COLUMN pending_charter BLOB;

  -- Rooms. The number is in conversation.peer, as '#256'. Name and topic are sealed, as somebody in charge last said them.
  CREATE TABLE room (
    conversation TEXT PRIMARY KEY REFERENCES conversation,
    sealed BLOB NOT NULL
  ) STRICT;

  -- What this device has still to do in a room, in order: to invite an account, to tell it the room's name, to tell one that
  -- came in what it missed, to give it the role that it had before a repair.
  CREATE TABLE room_task (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversation,
    kind TEXT NOT NULL CHECK (kind IN ('invite', 'about', 'welcome', 'owner', 'moderator')),
    account TEXT NOT NULL,
    -- Of 'welcome': what was said since then, in epochs before this one, is told again.
    since_ms INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    UNIQUE (conversation, kind, account)
  ) STRICT;

  -- Whom this device invited to a room, until they come in, decline, or it is too late.
  CREATE TABLE room_guest (
    conversation TEXT NOT NULL REFERENCES conversation,
    account TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
  ) STRICT, WITHOUT ROWID;

  -- Members of rooms of whom the person was told that they are kicked from the server.
  CREATE TABLE room_kicked (
    conversation TEXT NOT NULL REFERENCES conversation,
    account TEXT NOT NULL,
    PRIMARY KEY (conversation, account)
  ) STRICT, WITHOUT ROWID;

  -- Rooms that this device is not in, and was told of: by an invitation that waits for the person's word, and what those who
  -- invited call it, which counts if they are in charge.
  CREATE TABLE room_ahead (
    conversation TEXT PRIMARY KEY,
    told INTEGER NOT NULL DEFAULT 0,
    sealed BLOB
  ) STRICT;

  -- Texts of rooms by their ids: what is told again to newcomers is shown once.
  CREATE TABLE room_text (
    conversation TEXT NOT NULL REFERENCES conversation,
    id TEXT NOT NULL,
    PRIMARY KEY (conversation, id)
  ) STRICT, WITHOUT ROWID;
  `;

/** See `schema`. */
export const HISTORY_TABLES = `
  -- The history's entries without what they say: by this they are found, counted and forgotten. Rows stay when an entry is
  -- erased, so that nothing revives it and no number is given twice.
  CREATE TABLE entry (
    place INTEGER PRIMARY KEY,
    peer TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'notice', 'broadcast', 'change')),
    id TEXT NOT NULL,
    own INTEGER NOT NULL,
    -- The group that a text was sealed in: only what comes in the same one may change it (SR-37).
    conversation TEXT,
    -- Of a text, in its conversation; in a room as the server counts.
    number INTEGER,
    shown INTEGER NOT NULL,
    -- How long it stays after it was shown, or of an own one sent; 0 is for good. Then when it goes.
    expire_seconds INTEGER NOT NULL,
    expires_ms INTEGER,
    state TEXT NOT NULL CHECK (state IN ('kept', 'deleted', 'erased'))
  ) STRICT;
  CREATE INDEX entry_of ON entry (peer, place);
  CREATE INDEX entry_id ON entry (id) WHERE kind = 'text';
  CREATE INDEX entry_number ON entry (peer, number) WHERE number IS NOT NULL;
  CREATE INDEX entry_new ON entry (place) WHERE shown = 0;
  CREATE INDEX entry_due ON entry (expires_ms) WHERE expires_ms IS NOT NULL;

  -- Edits, deletions and reactions: of each account the last one of its kind about a text, whatever the order in which they
  -- came. 'waiting': its text is not here yet. 'counts': done, and not told yet. Conversation '' is that of a draft.
  CREATE TABLE change (
    conversation TEXT NOT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'delete', 'reaction')),
    account TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'counts', 'told')),
    sealed BLOB NOT NULL,
    PRIMARY KEY (conversation, target, kind, account)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX change_target ON change (target);
  CREATE INDEX change_open ON change (state, conversation, account) WHERE state <> 'told';

  -- How long what is said in a conversation stays; 0 is for good. The last one who set it counts.
  CREATE TABLE timer (
    peer TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL
  ) STRICT;

  -- Who was in charge of a room in each epoch, sealed.
  ALTER TABLE epoch ADD COLUMN officers BLOB;
  `;
