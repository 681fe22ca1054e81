/**
 * The lives of a server's database. A restored backup goes back in time: what came after it is gone here and known to clients.
 * So each restore begins a new incarnation, under an id that was never seen, and writes down where each conversation was; a
 * client that is beyond that gives the conversation up instead of taking a second commit for an epoch that it has passed (SR-58).
 */

import type { Database } from "../../../storage/database.ts";

/**
 * Numbers of envelopes are never given out again: after a restore they go on this far beyond the last one that the backup has.
 * Nobody sends as many in one life of a server, and 2^21 restores stay below 2^53.
 */
const SEQ_LEAP = 2 ** 32;

/** Marks the database as restored: after this, nothing that it gives out is mixed up with what it has forgotten. */
export function beginIncarnation(database: Database): void {
  database.transaction(() => {
    database.command(
      `INSERT INTO incarnation (number, incarnation)
        SELECT max(number) + 1, lower(hex(randomblob(16))) FROM incarnation`,
    ).run();
    database.command(
      `INSERT INTO restored_place (conversation, incarnation, epoch, seq)
        SELECT c.id, (SELECT max(number) FROM incarnation), c.epoch, c.last_seq FROM conversation c`,
    ).run();
    database.command("UPDATE conversation SET last_seq = last_seq + ?").run(SEQ_LEAP);
  });
}
