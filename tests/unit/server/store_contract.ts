/** What every `Store` must do, whatever is behind it: the same cases for each implementation. */

import type { Store } from "../../../lib/server/store/store.ts";
import { accountCases } from "./store_contract_accounts.ts";
import { broadcastCases } from "./store_contract_broadcasts.ts";
import { commitCases } from "./store_contract_commits.ts";
import { conversationCases } from "./store_contract_conversations.ts";
import { deviceCases } from "./store_contract_devices.ts";
import { entryCases } from "./store_contract_entries.ts";
import { expiryCases } from "./store_contract_expiry.ts";
import { keyCases } from "./store_contract_keys.ts";
import { lifeCases } from "./store_contract_life.ts";
import { mailboxCases } from "./store_contract_mailbox.ts";
import { messageCases } from "./store_contract_messages.ts";
import { moderationCases } from "./store_contract_moderation.ts";
import { accountDataCases } from "./store_contract_account_data.ts";
import { restoreCases } from "./store_contract_restore.ts";
import { roomEdgeCases } from "./store_contract_room_edges.ts";
import { openRoomCases } from "./store_contract_open_rooms.ts";
import { roomPeopleCases } from "./store_contract_room_people.ts";
import { roomCases } from "./store_contract_rooms.ts";
import { strangerCases } from "./store_contract_strangers.ts";
import { temporaryDatabase } from "./store_kit.ts";
import { uploadCases } from "./store_contract_uploads.ts";

/** Each case by its name: a sentence, with the requirement before it. */
export type Cases = Readonly<Record<string, (store: Store) => Promise<void>>>;

/** All of them. */
export const CONTRACT_CASES: Cases = {
  ...accountCases,
  ...deviceCases,
  ...entryCases,
  ...conversationCases,
  ...commitCases,
  ...messageCases,
  ...mailboxCases,
  ...broadcastCases,
  ...roomCases,
  ...roomPeopleCases,
  ...openRoomCases,
  ...expiryCases,
  ...moderationCases,
  ...uploadCases,
  ...accountDataCases,
  ...restoreCases,
  ...lifeCases,
  ...strangerCases,
  ...keyCases,
  ...roomEdgeCases,
};

/** Declares a test for each case. `open` gets the path of a database that is not there yet. */
export function storeContract(
  implementation: string,
  open: (path: string) => Store | Promise<Store>,
): void {
  for (const [name, run] of Object.entries(CONTRACT_CASES)) {
    Deno.test(`${name} (${implementation})`, async () => {
      await using database = await temporaryDatabase();
      await using store = await open(database.path);
      await run(store);
    });
  }
}
