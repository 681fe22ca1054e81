/** The verbs of files, in the order in which help shows them. */

import type { TransferId } from "../../base/ids.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Verb } from "../verb.ts";
import { FILE_DEED_VERBS } from "./deed_verbs.ts";
import { DIRECT_VERB } from "./direct_verb.ts";
import { FILE_RECEIVE_VERB } from "./receive_files.ts";
import { FILE_SEND_VERB } from "./send_files.ts";
import { offerLines, transferFields, transferLine } from "./transfer_lines.ts";

/** Older ones are still in the profile. */
const MAX_LISTED = 100;

const fileListVerb: Verb = {
  name: "file list",
  aliases: [],
  group: "Files",
  summary: "list transfers: what is offered, on its way, and done",
  arguments: [],
  options: [],
  examples: [{ line: "file list --json", summary: "one object a transfer" }],
  exitCodes: [3],
  async run(context) {
    const client = await context.openClient();
    const transfers = await client.transfers.newest(MAX_LISTED);
    if (transfers.length === 0) await context.output.note("no transfers");
    for (const transfer of transfers) {
      await context.output.fact("transfer", transferFields(transfer), transferLine(transfer));
    }
    const count = (offer: TransferId) => client.transfers.countOffer(offer);
    for (const line of offerLines(transfers, count)) await context.output.note(line);
    return EXIT.done;
  },
};

/** `file send`, `file receive`, `file list`, `file pause`, `file resume`, `file cancel`, `direct`. */
export const FILE_VERBS: readonly Verb[] = [
  FILE_SEND_VERB,
  FILE_RECEIVE_VERB,
  fileListVerb,
  ...FILE_DEED_VERBS,
  DIRECT_VERB,
];
