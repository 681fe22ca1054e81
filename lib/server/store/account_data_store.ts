/** What the server remembers of account data. Part of the store; see `store.ts` for what every call must promise. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId } from "../../base/ids.ts";
import type { AccountDataPage } from "../../protocol/hop/device.ts";

/** A page of an account's devices, as they sealed it. */
export interface KeptPage {
  readonly version: string;
  readonly body: Bytes;
}

/** The calls about account data. They go with their account, and with its identity, under which they are sealed. */
export interface AccountDataStore {
  readPage(options: { account: AccountId; page: AccountDataPage }): Promise<KeptPage | undefined>;
  /** False, and nothing happens, when the page is not `follows` any more. Refused with `unknown-account`. */
  writePage(
    options: KeptPage & {
      account: AccountId;
      page: AccountDataPage;
      follows: string | undefined;
    },
  ): Promise<boolean>;
}
