/** Commands about files: file, and those on their way. `y` and `n` answer what is offered (offer_rows). */

import { SEND_FILES, type SendFilesKinds } from "../../app/commands/send_files.ts";
import { type TransferKinds, TRANSFERS } from "../../app/commands/transfers.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import {
  planFields,
  planLines,
  transferFields,
  transferLineWith,
} from "../../app/transfer_lines.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Wording } from "../../commands/wording.ts";
import { shellRowsOf } from "./conversation_rows.ts";
import type { ShellRow } from "./shell_row.ts";

/** Transfers as the shell tells of them, with the other one's name as they write it. */
function wordingWith({ name }: KnownPeer): Wording<TransferKinds> {
  const now = {
    ...TRANSFERS.wording["transfer"],
    fields: ({ transfer, progress, isVerbose }) => ({
      ...transferFields(transfer, progress),
      ...(isVerbose ? planFields(transfer) : {}),
    }),
    line: ({ transfer, progress, isVerbose }) => [
      transferLineWith(name, transfer, progress),
      ...(isVerbose ? planLines(transfer) : []),
    ],
  } satisfies Wording<TransferKinds>["transfer"];
  return {
    ...TRANSFERS.wording,
    "transfer": now,
    "transfer-now": now,
    "no-transfers": { isNote: true, line: () => [] },
  };
}

/** Offers as the shell tells of them. */
function offerWording({ name }: KnownPeer): Wording<SendFilesKinds> {
  return {
    ...SEND_FILES.wording,
    "offered": {
      fields: ({ transfer }) => transfer === undefined ? {} : transferFields(transfer),
      line: ({ transfer }) =>
        transfer === undefined ? [] : `Offered to ${name}: ${describeItems(transfer.items)}`,
    },
    "not-connected": { isNote: true, line: () => [] },
  };
}

/** Rows about files. */
export const FILE_ROWS: readonly ShellRow[] = [
  ...shellRowsOf(SEND_FILES, offerWording),
  ...shellRowsOf(TRANSFERS, wordingWith),
];
