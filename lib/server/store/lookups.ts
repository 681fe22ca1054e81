/** All calls that read by one statement. */

import { ACCOUNT_LOOKUPS } from "./account_lookups.ts";
import type { Lookup } from "./lookup.ts";
import { ROOM_LOOKUPS } from "./room_lookups.ts";

const TABLE = { ...ACCOUNT_LOOKUPS, ...ROOM_LOOKUPS };

/** The names of such calls. */
export type LookupName = keyof typeof TABLE;

/** The rows by their names. */
export const LOOKUPS: { readonly [Name in LookupName]: Lookup<Name> } = TABLE;

/** One value for each of them. */
export function eachLookup<Made>(make: (name: LookupName) => Made): Record<LookupName, Made> {
  // The casts: the keys of the table are its names, and each has its value.
  const names = Object.keys(LOOKUPS) as readonly LookupName[];
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<LookupName, Made>;
}
