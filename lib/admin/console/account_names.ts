/** Names for completion. */

import type { Store } from "../../server/store/store.ts";

/** More are not completed: they would not fit a screen either. */
const MAX_NAMES = 500;

/** The first names in the order of the account ids. */
export async function accountNames(store: Store): Promise<readonly string[]> {
  const { accounts } = await store.listAccounts({ limit: MAX_NAMES });
  return accounts.map(({ name }) => name);
}
