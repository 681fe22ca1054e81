/** How far what was received has been shown to the person, over all processes of the profile. */

import type { Database } from "../../storage/database.ts";

/** A place that only ever moves forward. */
export interface Mark {
  /** The place of the last entry that was shown; 0 for none. */
  get(): number;
  /** Never moves back. */
  moveTo(place: number): void;
}

/** The mark between what was shown and what is new. */
export function unreadMark(database: Database): Mark {
  const name = "shown";
  return {
    get: () =>
      database.query("SELECT value FROM mark WHERE name = ?", (row) => row.integer("value"))
        .first(name) ?? 0,
    moveTo: (place) => {
      database.command(`
        INSERT INTO mark VALUES (?1, ?2)
        ON CONFLICT DO UPDATE SET value = ?2 WHERE value < ?2
      `).run(name, place);
    },
  };
}
