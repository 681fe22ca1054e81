/** The tables of live streams: one migration of the profile. */

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
