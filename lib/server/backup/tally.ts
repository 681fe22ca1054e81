/** How much a server's database holds: what a person compares after a restore. */

import { type TInteger, type TObject, Type } from "@sinclair/typebox";

/** Counts whole tables, so never beside people who wait. */
const QUERIES = {
  accounts: "SELECT count(*) AS n FROM account",
  devices: "SELECT count(*) AS n FROM device WHERE removed = 0",
  conversations: "SELECT count(*) AS n FROM conversation WHERE open = 1",
  rooms:
    "SELECT count(*) AS n FROM room r JOIN conversation c ON c.id = r.conversation WHERE c.open = 1",
  waiting: "SELECT count(*) AS n FROM envelope WHERE body IS NOT NULL",
  broadcasts: "SELECT count(*) AS n FROM broadcast",
} as const;

type Name = keyof typeof QUERIES;

/** How many there are of each; `waiting`: envelopes that somebody has not fetched yet. */
export type Tally = { readonly [Kind in Name]: number };

const count = () => Type.Integer({ minimum: 0 });

/** The same in a manifest. */
export const TALLY_SCHEMA: TObject<{ [Kind in Name]: TInteger }> = Type.Object({
  accounts: count(),
  devices: count(),
  conversations: count(),
  rooms: count(),
  waiting: count(),
  broadcasts: count(),
});

/** `ask` answers a query of one row with one column, `n`. */
export function takeTally(ask: (sql: string) => number): Tally {
  const { accounts, devices, conversations, rooms, waiting, broadcasts } = QUERIES;
  return {
    accounts: ask(accounts),
    devices: ask(devices),
    conversations: ask(conversations),
    rooms: ask(rooms),
    waiting: ask(waiting),
    broadcasts: ask(broadcasts),
  };
}

/** `3 accounts, 4 devices, …`. */
export function tallyWords(tally: Tally): string {
  const { accounts, devices, conversations, rooms, waiting, broadcasts } = tally;
  return [
    `accounts ${accounts}`,
    `devices ${devices}`,
    `conversations ${conversations}`,
    `rooms ${rooms}`,
    `waiting messages ${waiting}`,
    `broadcasts ${broadcasts}`,
  ].join(", ");
}
