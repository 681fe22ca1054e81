/** The tables of a profile's database. Only ever append a migration; never change one that was released. */

import { FIRST_MIGRATION } from "./first_schema.ts";
import {
  ACCOUNT_DATA_TABLES,
  HISTORY_TABLES,
  PARTY_TABLES,
  REMOVAL_TABLES,
  ROOM_TABLES,
  STREAM_TABLES,
} from "./feature_schema.ts";

/**
 * Columns named `sealed` hold AES-256-GCM boxes of `Vault` (SR-80). In clear stand only what orders and routes: ids,
 * numbers, states, public certificates, and ciphertext on its way to the server.
 */
export const MIGRATIONS: readonly string[] = [
  FIRST_MIGRATION,
  `
  -- SHA-256 of the key of the server's first CA (SR-50). NULL: pinned before there was a second one, so that of this one.
  ALTER TABLE known_server ADD COLUMN server_id TEXT;
  `,
  `
  -- Broadcasts that came, with the server's numbers: one that comes again is known by its id (SR-60). Without a number: the
  -- server has forgotten it. Up to which number all of them came is in table mark.
  CREATE TABLE broadcast (
    id TEXT PRIMARY KEY,
    number INTEGER UNIQUE
  ) STRICT;

  -- While this person is busy: until when, and what they say of it (SR-61). A client that comes back says it again.
  CREATE TABLE own_busy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
  ) STRICT;
  `,
  ROOM_TABLES,
  HISTORY_TABLES,
  `
  -- The life of the server's database that this profile has seen last (SR-58).
  CREATE TABLE server_life (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incarnation TEXT NOT NULL
  ) STRICT;

  -- The number that the server gave the envelope of an own text: tells what a restored backup does not have.
  ALTER TABLE delivery ADD COLUMN seq INTEGER;
  `,
  `
  -- Devices that accounts gave up, the own one too: the newest list of each, by the identity that signed it (SR-10). Device
  -- ids in JSON. The revision counts the lists that came, over all accounts.
  CREATE TABLE revocation (
    account TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    devices TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;

  -- The revision at which no leaf of the group was one of a removed device.
  ALTER TABLE conversation ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Files on their way, and those that were. State is JSON; names, places and keys are sealed.
  CREATE TABLE transfer (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    peer TEXT NOT NULL,
    state TEXT NOT NULL,
    ended INTEGER NOT NULL,
    moved_bytes INTEGER NOT NULL DEFAULT 0,
    verified_bytes INTEGER NOT NULL DEFAULT 0,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX transfer_active ON transfer (number) WHERE ended = 0;
  CREATE INDEX transfer_sent ON transfer (peer, direction, ended, number);
  `,
  `
  -- What the person decided about accounts. Whom they talked with before there was this table, they know.
  CREATE TABLE standing (
    account TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('known', 'declined', 'blocked'))
  ) STRICT;
  INSERT INTO standing SELECT DISTINCT peer, 'known' FROM conversation WHERE substr(peer, 1, 1) <> '#';

  -- What strangers said, until the person decides.
  CREATE TABLE held_text (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    shown INTEGER NOT NULL DEFAULT 0,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX held_text_by_account ON held_text (account);
  `,
  `
  -- The newest list of this account's removed devices that the server took, and its receipt: handed in again after a restore.
  CREATE TABLE taken_revocation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    list BLOB NOT NULL,
    receipt BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- What was being typed, by whom it is for; '' is nobody yet.
  CREATE TABLE unfinished (
    place TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- To whom the person shows their address, or will not.
  CREATE TABLE direct_contact (
    account TEXT PRIMARY KEY,
    allows INTEGER NOT NULL CHECK (allows IN (0, 1))
  ) STRICT;
  CREATE INDEX direct_contact_by_word ON direct_contact (allows, account);

  -- What contacts said of direct connections, until the process that runs transfers takes it.
  CREATE TABLE direct_letter (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL,
    at INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX direct_letter_about ON direct_letter (about, place);
  CREATE INDEX direct_letter_at ON direct_letter (at);

  -- Transfers that the person wants to go another way than others.
  CREATE TABLE direct_mode (
    transfer TEXT PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('only', 'prefer', 'never'))
  ) STRICT;
  `,
  STREAM_TABLES,
  `
  -- What is done about requests of an account; of '' for everybody who has no rule of their own.
  CREATE TABLE answer_policy (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('ask', 'accept', 'decline')),
    PRIMARY KEY (account, kind)
  ) STRICT, WITHOUT ROWID;

  -- Since when a request waits, for its time limit.
  CREATE TABLE asked (
    key TEXT PRIMARY KEY,
    first_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  ACCOUNT_DATA_TABLES,
  `
  -- Files to and from rooms, '#256': a row for each member, of which 'offer' is the same for all rows of one offer.
  ALTER TABLE transfer ADD COLUMN room TEXT;
  ALTER TABLE transfer ADD COLUMN offer TEXT;
  CREATE INDEX transfer_offer ON transfer (offer, number) WHERE offer IS NOT NULL;
  CREATE INDEX transfer_room ON transfer (room, peer) WHERE room IS NOT NULL AND ended = 0;
  `,
  `
  -- When it was decided, for the account's other devices: the last decision counts. Without a word it was taken back.
  CREATE TABLE direct_decision (
    account TEXT PRIMARY KEY,
    allows INTEGER CHECK (allows IN (0, 1)),
    decided_ms INTEGER NOT NULL
  ) STRICT;
  INSERT INTO direct_decision SELECT account, allows, 0 FROM direct_contact;
  DROP TABLE direct_contact;
  ALTER TABLE direct_decision RENAME TO direct_contact;
  CREATE INDEX direct_contact_by_word ON direct_contact (allows, account);
  `,
  `
  -- Which device of the account has taken an offer: the own answer, and the server's number of another device's, until the
  -- own one has a number to be compared with.
  ALTER TABLE transfer ADD COLUMN answer TEXT;
  ALTER TABLE transfer ADD COLUMN rival_seq INTEGER;
  `,
  `
  -- The epoch in which a device came in with its present keys, or that of the day when this was not kept yet: what was sealed
  -- before is of another chain. 1 in held: the device contradicted itself, and nothing of it is taken (SR-28).
  ALTER TABLE chain ADD COLUMN since_epoch INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE chain ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
  UPDATE chain SET since_epoch =
    coalesce((SELECT epoch FROM mls_group WHERE mls_group.conversation = chain.conversation), 0);

  -- Whose the messages were that could not be opened, as the server says: '' for nobody yet, '*' for several accounts (SR-25).
  ALTER TABLE mls_group ADD COLUMN unreadable_of TEXT NOT NULL DEFAULT '';
  `,
  `
  -- The list itself, packed with the key that signed it: groups carry it (SR-10).
  ALTER TABLE revocation ADD COLUMN signed BLOB;
  -- Each leaf says from its next commit on that this program judges by such lists: so every group is due for one.
  UPDATE mls_group SET refreshed_ms = 0;
  `,
  `
  -- Where an entry stands in its conversation: texts of a room by the room's number, all else behind the greatest number that was
  -- there when it came; of equal ones by place. 0 between two people, where the order is that of coming.
  ALTER TABLE entry ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
  UPDATE entry SET rank = ranked.rank FROM (
    SELECT place, CASE WHEN kind = 'text' AND number IS NOT NULL THEN number ELSE coalesce(
      max(CASE WHEN kind = 'text' THEN number END) OVER (PARTITION BY peer ORDER BY place), 0) END AS rank
    FROM entry WHERE substr(peer, 1, 1) = '#'
  ) AS ranked WHERE ranked.place = entry.place;
  CREATE INDEX entry_rank ON entry (peer, rank, place);
  `,
  REMOVAL_TABLES,
  `
  -- 1: a text of a room from before this device came in, by its sender's word, the number too.
  ALTER TABLE entry ADD COLUMN told_again INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Ids that somebody chose for what a command sends, and what for: the same id is for the same again.
  CREATE TABLE chosen_id (
    id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- 1: it went out and is over, and the server has not been told yet that nobody reads it any more.
  ALTER TABLE transfer ADD COLUMN to_release INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX transfer_to_release ON transfer (number) WHERE to_release = 1;
  `,
  `
  -- What the person chose for the list of conversations on this device: what a notification tells of (NULL: what it does without a
  -- choice), what stands on top.
  CREATE TABLE list_choice (
    peer TEXT PRIMARY KEY,
    notify TEXT CHECK (notify IN ('all', 'mentions', 'none')),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1))
  ) STRICT, WITHOUT ROWID;

  -- Headings of that list that are folded.
  CREATE TABLE list_fold (
    heading TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Open rooms that the person looks at and is not in; name and topic sealed. Coming in, or closing it, takes the row away.
  CREATE TABLE open_room (
    conversation TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- How a stream that is over ended for this device; NULL for one that was over before this was written down.
  ALTER TABLE stream ADD COLUMN ended TEXT;
  `,
  PARTY_TABLES,
  `
  -- Conversations in which more was shown to the person than the others were told.
  CREATE TABLE seen_due (peer TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- How far others have seen a conversation, by what they told: the last text.
  CREATE TABLE seen_mark (
    peer TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (peer, account)
  ) STRICT, WITHOUT ROWID;

  -- Until when somebody is typing.
  CREATE TABLE typing (
    peer TEXT NOT NULL,
    account TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (peer, account)
  ) STRICT, WITHOUT ROWID;

  -- What was told of either from here, and when.
  CREATE TABLE attention_told (
    peer TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('seen', 'typing')),
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (peer, kind)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The stream of a party whose host shows a file of its own, and when its time 0 is shown; NULL for a video of the library.
  ALTER TABLE party ADD COLUMN stream TEXT;
  ALTER TABLE party ADD COLUMN stream_at_ms INTEGER;
  `,
  `
  -- Rooms that the server was asked to make, until it has answered: without the answer nobody has their keys.
  CREATE TABLE room_asked (
    conversation TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
