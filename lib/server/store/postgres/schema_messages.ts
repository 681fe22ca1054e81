/** The tables of conversations, rooms and uploads. */

/** The second step. */
export const MESSAGE_TABLES = `
-- Rewritten by each append: no index on what changes and half of each page free, so that no index is written with it (HOT).
CREATE TABLE conversation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversation text COLLATE "C" NOT NULL UNIQUE,
  direct_key text COLLATE "C" UNIQUE,
  open int NOT NULL DEFAULT 1,
  epoch bigint NOT NULL,
  last_seq bigint NOT NULL DEFAULT 0,
  sent_bytes bigint NOT NULL DEFAULT 0,
  list_version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

CREATE TABLE conversation_account (
  conversation bigint NOT NULL REFERENCES conversation(id),
  account bigint NOT NULL REFERENCES account(id),
  PRIMARY KEY (conversation, account)
);
CREATE INDEX conversation_by_account ON conversation_account(account);

-- Rewritten by each acknowledgement, as above: no index on the cursors.
CREATE TABLE conversation_member (
  conversation bigint NOT NULL REFERENCES conversation(id),
  device bigint NOT NULL REFERENCES device(id),
  cursor bigint NOT NULL,
  cursor_bytes bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, device)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
CREATE INDEX member_by_device ON conversation_member(device);

CREATE TABLE envelope (
  conversation bigint NOT NULL REFERENCES conversation(id),
  seq bigint NOT NULL,
  envelope text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL CHECK (type IN ('message', 'commit', 'welcome')),
  epoch bigint NOT NULL,
  sender bigint NOT NULL REFERENCES device(id),
  number bigint,
  recipient bigint REFERENCES device(id),
  at_ms bigint NOT NULL,
  size_bytes bigint NOT NULL,
  upto_bytes bigint NOT NULL DEFAULT 0,
  place bigint,
  body bytea,
  PRIMARY KEY (conversation, seq)
);
-- Sealed bytes do not get smaller.
ALTER TABLE envelope ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX envelope_by_number ON envelope(sender, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX envelope_by_id ON envelope(conversation, envelope) WHERE number IS NOT NULL;
CREATE INDEX envelope_by_age ON envelope(at_ms);
CREATE INDEX envelope_for_one ON envelope(recipient, conversation, seq) WHERE recipient IS NOT NULL;
CREATE INDEX envelope_waiting ON envelope(conversation, seq) WHERE body IS NOT NULL;

CREATE TABLE group_info (
  conversation bigint NOT NULL REFERENCES conversation(id),
  epoch bigint NOT NULL,
  info bytea NOT NULL,
  PRIMARY KEY (conversation, epoch)
);

CREATE TABLE commit_winner (
  conversation bigint NOT NULL REFERENCES conversation(id),
  epoch bigint NOT NULL,
  envelope text COLLATE "C" NOT NULL,
  PRIMARY KEY (conversation, epoch)
);

CREATE TABLE room (
  conversation bigint PRIMARY KEY REFERENCES conversation(id),
  number bigint NOT NULL,
  version bigint NOT NULL,
  creator bigint NOT NULL REFERENCES device(id),
  replaced bigint REFERENCES conversation(id),
  last_place bigint NOT NULL DEFAULT 0,
  open_name text COLLATE "C",
  open_topic text COLLATE "C" NOT NULL DEFAULT '',
  open_size bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX room_by_number ON room(number);
CREATE INDEX room_by_replaced ON room(replaced);
CREATE INDEX room_by_open_name ON room(open_name, number) WHERE open_name IS NOT NULL;

CREATE TABLE room_entry (
  conversation bigint NOT NULL REFERENCES conversation(id),
  version bigint NOT NULL,
  entry bytea NOT NULL,
  PRIMARY KEY (conversation, version)
);

CREATE TABLE room_invitation (
  conversation bigint NOT NULL REFERENCES conversation(id),
  account bigint NOT NULL REFERENCES account(id),
  expires_ms bigint NOT NULL,
  entry bytea,
  declined int NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, account)
);
CREATE INDEX room_invitation_by_account ON room_invitation(account);
CREATE INDEX room_invitation_by_expiry ON room_invitation(expires_ms);

CREATE TABLE room_removal (
  conversation bigint NOT NULL REFERENCES conversation(id),
  account bigint NOT NULL REFERENCES account(id),
  entry bytea NOT NULL,
  PRIMARY KEY (conversation, account)
);

CREATE TABLE incarnation (
  number bigint PRIMARY KEY,
  incarnation text COLLATE "C" NOT NULL UNIQUE
);
INSERT INTO incarnation (number, incarnation)
  VALUES (0, replace(gen_random_uuid()::text, '-', ''));

CREATE TABLE restored_place (
  conversation bigint NOT NULL REFERENCES conversation(id),
  incarnation bigint NOT NULL REFERENCES incarnation(number),
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (conversation, incarnation)
);

CREATE TABLE upload (
  upload text COLLATE "C" PRIMARY KEY,
  sender bigint NOT NULL REFERENCES account(id),
  -- The number of the room whose members may read it; null for one account.
  room bigint,
  size_bytes bigint NOT NULL,
  touched_ms bigint NOT NULL,
  done int NOT NULL DEFAULT 0,
  reserved_bytes bigint NOT NULL DEFAULT 0
);
CREATE INDEX upload_by_sender ON upload(sender, done, touched_ms, size_bytes);
CREATE INDEX upload_by_age ON upload(touched_ms);

CREATE TABLE upload_reader (
  upload text COLLATE "C" NOT NULL REFERENCES upload(upload) ON DELETE CASCADE,
  reader bigint NOT NULL REFERENCES account(id),
  done int NOT NULL DEFAULT 0,
  PRIMARY KEY (upload, reader)
);
CREATE INDEX upload_reader_by_reader ON upload_reader(reader);

-- What all uploads together reserve. Whoever judges by it locks its row first.
CREATE TABLE upload_total (
  id int PRIMARY KEY CHECK (id = 1),
  size_bytes bigint NOT NULL
);
INSERT INTO upload_total (id, size_bytes) VALUES (1, 0);
CREATE FUNCTION count_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE upload_total SET size_bytes = size_bytes
    + CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE new.reserved_bytes END
    - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE old.reserved_bytes END WHERE id = 1;
  RETURN NULL;
END $$;
CREATE TRIGGER upload_comes AFTER INSERT ON upload FOR EACH ROW EXECUTE FUNCTION count_upload();
CREATE TRIGGER upload_grows AFTER UPDATE OF reserved_bytes ON upload
  FOR EACH ROW EXECUTE FUNCTION count_upload();
CREATE TRIGGER upload_goes AFTER DELETE ON upload FOR EACH ROW EXECUTE FUNCTION count_upload();
`;
