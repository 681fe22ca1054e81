/** Which numbers of a store have gaps that must have none. */

import { type PostgresDatabase, query } from "../../../lib/server/store/postgres/database.ts";

/** Each finds rows that are wrong, and says so in one text. */
const WRONG: readonly string[] = [
  `SELECT format('conversation %s: %s envelopes from %s to %s of %s', c.id, count(*), min(e.seq), max(e.seq), c.last_seq)
     FROM conversation c JOIN envelope e ON e.conversation = c.id GROUP BY c.id
     HAVING count(*) <> max(e.seq) - min(e.seq) + 1 OR max(e.seq) <> c.last_seq`,
  `SELECT format('conversation %s: %s commits from %s to %s, in epoch %s', c.id, count(*), min(w.epoch), max(w.epoch), c.epoch)
     FROM conversation c JOIN commit_winner w ON w.conversation = c.id GROUP BY c.id
     HAVING count(*) <> max(w.epoch) - min(w.epoch) + 1 OR max(w.epoch) > c.epoch`,
  `SELECT format('conversation %s: envelope %s of epoch %s comes after one of epoch %s', conversation, seq, epoch, before)
     FROM (SELECT conversation, seq, epoch, max(epoch) OVER (PARTITION BY conversation ORDER BY seq) AS before
       FROM envelope WHERE type = 'commit') AS commits WHERE epoch < before`,
  `SELECT format('room %s: %s entries up to %s of version %s', r.number, count(*), max(e.version), r.version)
     FROM room r JOIN room_entry e ON e.conversation = r.conversation GROUP BY r.conversation, r.number, r.version
     HAVING count(*) <> max(e.version) - min(e.version) + 1 OR max(e.version) > r.version`,
  `SELECT format('device %s has read up to %s of %s in conversation %s', m.device, m.cursor, c.last_seq, c.id)
     FROM conversation_member m JOIN conversation c ON c.id = m.conversation WHERE m.cursor > c.last_seq`,
  `SELECT format('audit: %s rows up to %s, counted %s', count(*), max(a.id), c.value)
     FROM counter c LEFT JOIN audit a ON true WHERE c.name = 'audit' GROUP BY c.value
     HAVING coalesce(max(a.id), 0) <> c.value OR count(a.id) <> coalesce(max(a.id) - min(a.id) + 1, 0)`,
];

/** In words; empty when all is well. */
export async function wrongNumbers(database: PostgresDatabase): Promise<readonly string[]> {
  const found = await Promise.all(
    WRONG.map((sql) => database.all(query(sql, (row) => row.text(row.onlyColumn)))),
  );
  return found.flat();
}

/** The epoch of each conversation, by its id. */
export async function epochsOf(database: PostgresDatabase): Promise<ReadonlyMap<string, number>> {
  return new Map(await database.all(EPOCHS));
}

const EPOCHS = query(
  "SELECT conversation, epoch FROM conversation",
  (row): [string, number] => [row.text("conversation"), row.integer("epoch")],
);
