/** A family of sealed messages that no program has: dice that somebody rolls. All that is to be said of it stands here. */

import type { AccountId } from "../../lib/base/ids.ts";
import { enqueueControlMessage } from "../../lib/client/sending/sender.ts";
import { draftMessage } from "../../lib/client/store/drafts.ts";
import { sealedFamily } from "../../lib/client/store/families.ts";
import type { Messenger } from "../../lib/client/store/messenger.ts";
import { SealedDefinition } from "../../lib/protocol/peer/payload.ts";
import { count, definitions } from "../../lib/protocol/schema.ts";

const KINDS = definitions({
  "dice.roll": new SealedDefinition("dice.roll", { sides: count(100), shown: count(100) }, {
    content: ({ sides, shown }) =>
      shown >= 1 && shown <= sides ? { isHighest: shown === sides } : undefined,
  }),
});

/** What `take` wrote down. */
export interface StoredRoll {
  readonly account: string;
  readonly shown: number;
}

const TABLE =
  "CREATE TABLE IF NOT EXISTS dice_roll (account TEXT NOT NULL, shown INTEGER NOT NULL)";

/** The family. */
export const DICE = sealedFamily({
  kinds: KINDS,
  take({ profile: { database } }, { fields: { sides, shown }, isHighest }, { from }) {
    const text = `${from} rolled ${shown} of ${sides}${isHighest ? ", the highest" : ""}`;
    return Promise.resolve({
      lines: [{ code: "dice-roll", text }],
      write() {
        database.command(TABLE).run();
        database.command("INSERT INTO dice_roll VALUES (?, ?)").run(from, shown);
      },
    });
  },
  ofStranger: ({ fields: { id } }) => ({ result: "asks", id, text: "[rolled dice]" }),
});

/** Rolls them; nothing looks whether that many sides have such a number. */
export async function roll(
  messenger: Messenger,
  to: AccountId,
  fields: { readonly sides: number; readonly shown: number },
): Promise<void> {
  await enqueueControlMessage(messenger, to, draftMessage(KINDS["dice.roll"], fields));
}

/** What is stored. */
export function rolls({ profile: { database } }: Messenger): readonly StoredRoll[] {
  database.command(TABLE).run();
  return database.query(
    "SELECT account, shown FROM dice_roll ORDER BY rowid",
    (row) => ({ account: row.text("account"), shown: row.integer("shown") }),
  ).all();
}
