/** What decisions and read marks are kept in, and how far the account data of the account's devices is (decision 0038). */

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
