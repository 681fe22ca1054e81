/** Broadcasts: numbered as they come, for as long as the server exists. */

import { compareBytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import type { Database } from "../../../storage/database.ts";
import { type Answer, type BroadcastStore, KEPT_BROADCASTS } from "../store.ts";
import { accountId, rowNumber } from "../columns.ts";
import { readBroadcast } from "../moderation_rows.ts";
import type { LookUp } from "./lookups.ts";

type Calls = {
  readonly [Name in keyof BroadcastStore]: (
    ...args: Parameters<BroadcastStore[Name]>
  ) => Answer<Name>;
};

/** Prepares the statements. */
export function broadcastTable(database: Database, lookUp: LookUp): Calls {
  const findKnown = database.query(
    `SELECT account.account, number, at_ms, statement FROM broadcast
     JOIN account ON account.id = sender WHERE broadcast = ?`,
    (row) => ({ account: accountId(row), ...readBroadcast(row) }),
  );
  const findLast = database.query(
    `SELECT number, at_ms, statement FROM broadcast
     WHERE number = (SELECT max(number) FROM broadcast)`,
    readBroadcast,
  );
  const findAccount = database.query("SELECT id FROM account WHERE account = ?", rowNumber);
  const insert = database.command(
    "INSERT INTO broadcast (broadcast, sender, at_ms, statement) VALUES (?, ?, ?, ?)",
  );
  const forget = database.command("DELETE FROM broadcast WHERE number <= ?");
  const page = database.query(
    `SELECT number, at_ms, statement FROM broadcast WHERE number > ? AND at_ms >= ?
     ORDER BY number LIMIT ?`,
    readBroadcast,
  );
  return {
    addBroadcast: ({ account, id, statement, nowMs }) => {
      const known = findKnown.first(id);
      if (known !== undefined) {
        const isSame = known.account === account && compareBytes(known.statement, statement) === 0;
        if (!isSame) throw new Refusal("bad-message", "Cannot broadcast: its id was used before");
        return { number: known.number, atMs: known.atMs, isNew: false };
      }
      const sanction = lookUp("findSanction", { kind: "kick", account, nowMs }) ??
        lookUp("findSanction", { kind: "mute", account, nowMs });
      if (sanction !== undefined) return { sanction };
      const sender = findAccount.first(account);
      if (sender === undefined) throw new Refusal("unknown-account", "No such account");
      const before = findLast.first();
      // A server's clock may be set back; the order stays.
      const atMs = Math.max(nowMs, before?.atMs ?? 0);
      insert.run(id, sender, atMs, statement);
      const number = findLast.first()?.number ?? 0;
      forget.run(number - KEPT_BROADCASTS);
      return { number, atMs, isNew: true };
    },
    listBroadcasts: ({ after, sinceMs, limit }) => ({
      broadcasts: page.all(after, sinceMs, limit),
      latest: findLast.first()?.number ?? 0,
    }),
  };
}
