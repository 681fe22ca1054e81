/** The tables of somebody without a server. Only ever append a migration; never change one that was released. */

/** Columns named `sealed` hold AES-256-GCM boxes of `Vault` under the key of the folder (SR-80). */
export const NODE_MIGRATIONS: readonly string[] = [
  `
  -- Who one is, and the keys of it.
  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;

  -- Whom one knows: name, addresses, and the key of what was said with them, sealed.
  CREATE TABLE peer (
    identity TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  `,
];
