/** Commands about files: file, and those on their way. `y` and `n` answer what is offered (offer_rows). */

import { type TransferKinds, TRANSFERS } from "../../app/commands/transfers.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { offerNews } from "../files/offer_news.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import type { Wording } from "../../commands/wording.ts";
import { shellRowsOf } from "./conversation_rows.ts";
import type { ShellRow } from "./shell_row.ts";

const file: ShellRow = {
  name: "file",
  group: "Files",
  title: "Send files",
  summary: "offer files and folders to somebody",
  details:
    "Sealed end to end, and checked as a whole before either side says done. They go while both of you are here, and are taken up again where they were.",
  arguments: [
    { name: "USERNAME", summary: "to whom", required: true },
    { name: "PATH", summary: "which", required: true, rest: "words" },
  ],
  examples: [{ line: "file julia report.pdf photos", summary: "a file and a folder" }],
  exitCodes: [4],
  completes: "connected",
  async run(desk, values) {
    const peer = desk.find(values.required("USERNAME"));
    const pair = await desk.pair(peer);
    const paths = values.words("PATH").map(desk.options.resolvePath);
    await pair.transfers.offer(peer.account, paths, desk.options.signal, async (news) => {
      for (const { type, fields, line } of offerNews(news)) await desk.say(type, fields, line);
    });
    pair.wake();
    for (const transfer of (await pair.transfers.active()).slice(-1)) {
      const text = `Offered to ${peer.name}: ${describeItems(transfer.items)}`;
      await desk.say("offered", transferFields(transfer), text);
    }
  },
};

/** Transfers as the shell tells of them, with the other one's name as they write it. */
function wordingWith(name: string): Wording<TransferKinds> {
  const now = {
    ...TRANSFERS.wording["transfer"],
    fields: ({ transfer, progress }) => transferFields(transfer, progress),
    line: ({ transfer, progress }) => transferLineWith(name, transfer, progress),
  } satisfies Wording<TransferKinds>["transfer"];
  return {
    ...TRANSFERS.wording,
    "transfer": now,
    "transfer-now": now,
    "no-transfers": { isNote: true, line: () => [] },
  };
}

/** Rows about files. */
export const FILE_ROWS: readonly ShellRow[] = [file, ...shellRowsOf(TRANSFERS, wordingWith)];
