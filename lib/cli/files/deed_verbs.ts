/** The verbs that do one thing with one transfer: file pause, file resume, file cancel. */

import { UsageError } from "../../base/errors.ts";
import type { Transfers } from "../../client/transfers/transfers.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Verb } from "../verb.ts";
import { transferFields, transferLine } from "./transfer_lines.ts";

type Deed = "pause" | "resume" | "cancel";

const DEEDS: Readonly<Record<Deed, { summary: string; details: string }>> = {
  pause: {
    summary: "pause a transfer, on both ends",
    details: "A program that is just running it stops at once. `file resume` goes on with it.",
  },
  resume: {
    summary: "go on with a transfer that was paused here",
    details: "`file send`, `file receive` and the dialogue then move it.",
  },
  cancel: {
    summary: "give a transfer up, for both ends",
    details: "What has arrived stays beside its place, under NAME.part.",
  },
};

/** `file pause`, `file resume`, `file cancel`. */
export const FILE_DEED_VERBS: readonly Verb[] = (["pause", "resume", "cancel"] as const).map(
  (deed) => ({
    name: `file ${deed}`,
    aliases: [],
    group: "Files",
    ...DEEDS[deed],
    arguments: [{ name: "N", summary: "its number in `file list`", required: true }],
    options: [],
    examples: [{ line: `file ${deed} 3`, summary: "transfer 3" }],
    exitCodes: [3, 5, 6, 7],
    async run(context, values) {
      const client = await context.connectClient();
      // What the other end has said meanwhile comes first.
      await client.sync();
      const transfer = await numbered(client.transfers, values.required("N"));
      await client.transfers[deed](transfer);
      await client.flush();
      const now = await client.transfers.find(transfer.id) ?? transfer;
      await context.output.fact("transfer", transferFields(now), transferLine(now));
      if (deed === "resume") {
        const verb = now.direction === "in" ? "file receive" : "file send";
        await context.output.note(`It moves while \`${verb}\` or the dialogue runs`);
      }
      return EXIT.done;
    },
  }),
);

async function numbered(transfers: Transfers, text: string): Promise<Transfer> {
  if (/^[0-9]{1,9}$/.test(text)) return await transfers.numbered(Number(text));
  throw new UsageError("bad-number", `'${text}' is no number of a transfer: see file list`);
}
