/**
 * The tables of the server's database on PostgreSQL: those of `sqlite/schema.ts` by the same names, as they are by now. Flags
 * are 0 and 1 here too, so that both are read alike and one can be moved to the other. Texts compare by their bytes (COLLATE "C"),
 * as there, whatever the database was made with.
 */

import { MESSAGE_TABLES } from "./schema_messages.ts";

/**
 * Version by version; only ever appended to (SR-31), and within a minor version of the program only with what the node of the
 * version before does not mind: new tables, new columns with a default.
 */
export const POSTGRES_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text COLLATE "C" NOT NULL UNIQUE,
  name text COLLATE "C" NOT NULL,
  skeleton text COLLATE "C" NOT NULL UNIQUE,
  identity text COLLATE "C" NOT NULL,
  password_record text COLLATE "C" NOT NULL,
  created_ms bigint NOT NULL,
  last_seen_ms bigint NOT NULL,
  roster_entry bytea NOT NULL,
  rotation bytea,
  recovery_copy bytea NOT NULL,
  imported int NOT NULL DEFAULT 0,
  revocation bytea,
  revocation_sequence bigint NOT NULL DEFAULT 0,
  deleted int NOT NULL DEFAULT 0,
  generation bigint NOT NULL DEFAULT 0
);
CREATE INDEX account_unclaimed ON account (id) WHERE roster_entry = ''::bytea;
CREATE INDEX account_deleted ON account (id) WHERE deleted = 1;
-- An account id is never given out again, whatever later versions do (SR-06).
CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'constraint failed: a row of % stays', TG_TABLE_NAME; END $$;
CREATE TRIGGER account_stays BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION stays();
CREATE TRIGGER account_id_stays BEFORE UPDATE OF account ON account
  FOR EACH ROW EXECUTE FUNCTION stays();

CREATE TABLE device (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL UNIQUE,
  owner bigint NOT NULL REFERENCES account(id),
  removed int NOT NULL DEFAULT 0,
  signed_in int NOT NULL,
  created_ms bigint NOT NULL,
  last_seen_ms bigint NOT NULL,
  highest_expired_number bigint NOT NULL DEFAULT 0,
  certificate_hash text COLLATE "C" NOT NULL UNIQUE,
  certificate bytea NOT NULL,
  name bytea
);
CREATE INDEX device_by_owner ON device(owner);

CREATE TABLE bot_token (
  device bigint PRIMARY KEY REFERENCES device(id),
  hash bytea NOT NULL,
  scopes text COLLATE "C" NOT NULL,
  created_ms bigint NOT NULL,
  expires_ms bigint NOT NULL
);

-- In the order of their ids for one device only, whose row is locked where they are added.
CREATE TABLE key_package (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device bigint NOT NULL REFERENCES device(id),
  last_resort int NOT NULL,
  published_ms bigint NOT NULL,
  package bytea NOT NULL
);
CREATE INDEX key_package_by_device ON key_package(device, last_resort, id);
CREATE INDEX key_package_by_age ON key_package(published_ms);

CREATE TABLE registration_token (
  hash bytea PRIMARY KEY,
  uses bigint NOT NULL CHECK (uses > 0),
  expires_ms bigint NOT NULL
);
CREATE INDEX registration_token_by_expiry ON registration_token(expires_ms);

CREATE TABLE notebook (
  owner bigint NOT NULL REFERENCES account(id),
  page text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (owner, page)
);

-- The last number of each row of numbers that somebody asks "after" which. No sequence: of two numbers that it gives, the higher
-- one may be seen first, and whoever asks after that never sees the lower one. This row stays locked until its number is seen.
CREATE TABLE counter (
  name text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL
);
INSERT INTO counter (name, value) VALUES ('audit', 0), ('broadcast', 0);

CREATE TABLE broadcast (
  number bigint PRIMARY KEY,
  broadcast text COLLATE "C" NOT NULL UNIQUE,
  sender bigint NOT NULL REFERENCES account(id),
  at_ms bigint NOT NULL,
  statement bytea NOT NULL
);
CREATE INDEX broadcast_by_time ON broadcast(at_ms);

CREATE TABLE role (
  account bigint PRIMARY KEY REFERENCES account(id),
  role text COLLATE "C" NOT NULL CHECK (role IN ('moderator', 'owner'))
);
CREATE INDEX role_by_role ON role(role);

CREATE TABLE sanction (
  account bigint NOT NULL REFERENCES account(id),
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('kick', 'mute')),
  by bigint REFERENCES account(id),
  at_ms bigint NOT NULL,
  until_ms bigint,
  reason text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, kind)
);
CREATE INDEX sanction_by_kind ON sanction(kind);
CREATE INDEX sanction_by_end ON sanction(until_ms) WHERE until_ms IS NOT NULL;

CREATE TABLE audit (
  id bigint PRIMARY KEY,
  at_ms bigint NOT NULL,
  action text COLLATE "C" NOT NULL,
  by bigint REFERENCES account(id),
  target bigint REFERENCES account(id),
  until_ms bigint,
  detail text COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_age ON audit(at_ms);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION stays();
`,
  MESSAGE_TABLES,
  // By which a node knows that it has the same `opaque.setup` as those before it.
  `ALTER TABLE heliograph_schema ADD COLUMN setup text COLLATE "C";`,
];
