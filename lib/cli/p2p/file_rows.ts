/** Commands about files: file, files. `y` and `n` answer what is offered (offer_rows). */

import { describeItems } from "../../client/transfers/describe.ts";
import { offerNews } from "../files/offer_news.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import type { ShellRow } from "./shell_row.ts";

/** Transfers with one person that `files` shows. */
const MAX_LISTED = 20;

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

const files: ShellRow = {
  name: "files",
  group: "Files",
  title: "List files on their way",
  summary: "list files that were offered, and how far they are",
  examples: [{ line: "files", summary: "with rate and time that is left" }],
  async run(desk) {
    for (const peer of desk.node?.book.list() ?? []) {
      const pair = await desk.pair(peer);
      for (const transfer of await pair.transfers.newest(MAX_LISTED)) {
        const progress = pair.progressOf(transfer.id);
        const fields = transferFields(transfer, progress);
        await desk.say("transfer", fields, transferLineWith(peer.name, transfer, progress));
      }
    }
  },
};

/** Rows about files. */
export const FILE_ROWS: readonly ShellRow[] = [file, files];
