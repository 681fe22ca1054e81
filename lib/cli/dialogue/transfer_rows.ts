/** Slash commands about files on their way: transfers, pause, resume, cancel. */

import { UsageError } from "../../base/errors.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { offerLines, transferLine } from "../files/transfer_lines.ts";
import { isNumber } from "./named_files.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

/** Transfers that `/transfers` shows. */
const MAX_LISTED = 20;

const NUMBER = { name: "N", summary: "a number of /transfers", required: true } as const;
const transfersRow: SlashRow = {
  name: "transfers",
  aliases: [],
  group: "Files",
  summary: "list transfers, with their rate and the time that is left",
  arguments: [],
  options: [],
  examples: [{ line: "transfers", summary: "the last of them" }],
  exitCodes: [],
  async run(chat) {
    const { transfers } = chat.client;
    const listed = await transfers.newest(MAX_LISTED);
    if (listed.length === 0) await chat.print("* no transfers");
    await chat.printAll(listed.map((one) => lineOf(chat, one)));
    await chat.printAll(offerLines(listed, (offer) => transfers.countOffer(offer)));
  },
};

/** A transfer as it stands. One that may only go straight, and may not, waits. */
function lineOf({ client: { transfers } }: ChatHands, transfer: Transfer): string {
  const { id, peer, room } = transfer;
  return transferLine(transfer, transfers.progressOf(id), {
    awaitsConsent: room === undefined && transfers.direct.awaitsConsent({ id, peer }),
  });
}

/** A row that does one thing with one transfer. */
function deedRow(
  name: string,
  summary: string,
  deed: (chat: ChatHands, transfer: Transfer) => Promise<void>,
): SlashRow {
  return {
    name,
    aliases: [],
    group: "Files",
    summary,
    arguments: [NUMBER],
    options: [],
    examples: [{ line: `${name} 3`, summary: "transfer 3" }],
    exitCodes: [],
    async run(chat, { values }) {
      const { transfers } = chat.client;
      const transfer = await transfers.numbered(readNumber(values.required("N")));
      await deed(chat, transfer);
      chat.send();
      const now = await transfers.find(transfer.id) ?? transfer;
      await chat.print(`* ${lineOf(chat, now)}`);
    },
  };
}

/** `/transfers`, `/pause`, `/resume`, `/cancel`. */
export const TRANSFER_ROWS: readonly SlashRow[] = [
  transfersRow,
  deedRow("pause", "pause a transfer", (chat, one) => chat.client.transfers.pause(one)),
  deedRow("resume", "go on with a transfer", (chat, one) => chat.client.transfers.resume(one)),
  deedRow("cancel", "give a transfer up", (chat, one) => chat.client.transfers.cancel(one)),
];

/** A transfer's number. Throws UsageError `bad-number`. */
export function readNumber(text: string): number {
  if (isNumber(text)) return Number(text);
  throw new UsageError("bad-number", "Say the number of a transfer, as /transfers lists it");
}
