/** How far the profile has come with what was received, over all of its processes. */

import type { Database } from "../../storage/database.ts";

/** A place that moves forward. */
export interface Mark {
  /** Whether it was ever moved. */
  isSet(): boolean;
  /** How far it was moved; 0 for nowhere. */
  get(): number;
  /** Never moves back. */
  moveTo(place: number): void;
  /** Moves back, when what lies behind is gone. */
  comeBackTo(place: number): void;
}

/** Up to which number the server's broadcasts were taken (SR-60). */
export function broadcastMark(database: Database): Mark {
  return markOf(database, "broadcast");
}

/** Set once this device has taken up everything that waited when it was new. */
export function settledMark(database: Database): Mark {
  return markOf(database, "settled");
}

function markOf(database: Database, name: string): Mark {
  const find = () => database.integer("SELECT value FROM mark WHERE name = ?", name);
  return {
    isSet: () => find() !== undefined,
    get: () => find() ?? 0,
    moveTo: (place) => {
      database.command(`
        INSERT INTO mark VALUES (?1, ?2)
        ON CONFLICT DO UPDATE SET value = ?2 WHERE value < ?2
      `).run(name, place);
    },
    comeBackTo: (place) => {
      database.command("UPDATE mark SET value = ?2 WHERE name = ?1 AND value > ?2")
        .run(name, place);
    },
  };
}
