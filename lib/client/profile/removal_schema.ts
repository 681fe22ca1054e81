/** Where a profile keeps which devices accounts removed (SR-10, docs/removed-devices.md). */

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
