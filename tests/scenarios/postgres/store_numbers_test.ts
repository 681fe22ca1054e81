/** The judge of the soak of nodes finds numbers in a store that have a gap. */

import { deepEqual, match } from "node:assert/strict";
import { wrongNumbers } from "../../kit/node_faults/store_numbers.ts";
import { postgresTest } from "../../kit/postgres.ts";

/** A room in its third epoch with four envelopes, by itself: of its people there are none. */
const GOOD = `
INSERT INTO conversation (id, conversation, epoch, last_seq) OVERRIDING SYSTEM VALUE VALUES (1, 'c', 3, 4);
INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, at_ms, size_bytes)
  SELECT 1, seq, seq, 'commit', (seq - 1) / 2, 1, 0, 1 FROM generate_series(1, 4) AS seq;
INSERT INTO commit_winner VALUES (1, 0, 'a'), (1, 1, 'b'), (1, 2, 'c');
INSERT INTO room (conversation, number, version, creator) VALUES (1, 7, 2, 1);
INSERT INTO room_entry VALUES (1, 1, ''), (1, 2, '');
INSERT INTO conversation_member (conversation, device, cursor) VALUES (1, 1, 4);
INSERT INTO audit VALUES (1, 0, 'kick', NULL, NULL, NULL, ''), (2, 0, 'kick', NULL, NULL, NULL, '');
UPDATE counter SET value = 2 WHERE name = 'audit';
`;

const PLANTED: Readonly<Record<string, RegExp>> = {
  "DELETE FROM envelope WHERE seq = 2": /^conversation 1: 3 envelopes from 1 to 4 of 4$/,
  "UPDATE conversation SET last_seq = 5": /^conversation 1: 4 envelopes from 1 to 4 of 5$/,
  "DELETE FROM commit_winner WHERE epoch = 1":
    /^conversation 1: 2 commits from 0 to 2, in epoch 3$/,
  "UPDATE envelope SET epoch = 0 WHERE seq = 4":
    /^conversation 1: envelope 4 of epoch 0 comes after/,
  "UPDATE room SET version = 1": /^room 7: 2 entries up to 2 of version 1$/,
  "UPDATE conversation_member SET cursor = 5": /^device 1 has read up to 5 of 4/,
  "UPDATE counter SET value = 3 WHERE name = 'audit'": /^audit: 2 rows up to 2, counted 3$/,
};

Deno.test(postgresTest("numbers of a store that have a gap are found", async (server) => {
  await using database = await server.open();
  const change = (sql: string) =>
    database.transaction((transaction) =>
      transaction.script(`SET LOCAL session_replication_role = replica; ${sql}`)
    );
  deepEqual(await wrongNumbers(database), []);
  for (const [planted, what] of Object.entries(PLANTED)) {
    await server.empty(database);
    await change(GOOD);
    deepEqual(await wrongNumbers(database), []);
    await change(planted);
    const found = await wrongNumbers(database);
    deepEqual(found.length, 1, planted);
    match(found[0], what);
  }
}));
