/** What the server remembers of notebooks. Part of the store; see `store.ts` for what every call must promise. */

import type { Bytes } from "../base/bytes.ts";
import type { AccountId } from "../base/ids.ts";
import type { NotebookPage } from "../protocol/hop/device.ts";

/** A page of an account's devices, as they sealed it. */
export interface KeptPage {
  readonly version: string;
  readonly body: Bytes;
}

/** The calls about notebooks. They go with their account, and with its identity, under which they are sealed. */
export interface NotebookStore {
  readPage(options: { account: AccountId; page: NotebookPage }): Promise<KeptPage | undefined>;
  /** False, and nothing happens, when the page is not `follows` any more. Refused with `unknown-account`. */
  writePage(
    options: KeptPage & {
      account: AccountId;
      page: NotebookPage;
      follows: string | undefined;
    },
  ): Promise<boolean>;
}
