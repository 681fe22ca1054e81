/** Slash commands about files: those that list and move them; those that offer and answer are beside it. */

import type { Transfer } from "../../client/transfers/transfer.ts";
import { jsonLine } from "../../terminal/json_line.ts";
import { outboxLine } from "../files/outbox.ts";
import { offerLines, transferLine } from "../files/transfer_lines.ts";
import { nRow, yRow } from "./answer_rows.ts";
import { outbox, readTransferNumber } from "./named_files.ts";
import { directRow, sendRow, updRow } from "./offer_rows.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

/** Transfers that `/transfers` shows. */
const MAX_LISTED = 20;

const NUMBER = { name: "N", summary: "a number of /transfers", required: true } as const;

const lsRow: SlashRow = {
  name: "ls",
  aliases: [],
  group: "Files",
  summary: "list the files that /send takes by number",
  details:
    "Those in the folder from, if there is one where the program was started, else in that folder.",
  arguments: [],
  options: [{ flag: "--json", summary: 'as {"0": "name"}' }],
  examples: [{ line: "ls", summary: "number, name, size" }],
  exitCodes: [],
  async run(chat, { values }) {
    const files = await outbox(chat);
    if (values.has("--json")) {
      const names = Object.fromEntries(files.map(({ number, name }) => [String(number), name]));
      return await chat.print(jsonLine(names));
    }
    if (files.length === 0) await chat.print("* there are no files here");
    await chat.printAll(files.map(outboxLine));
  },
};

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
      const transfer = await transfers.numbered(readTransferNumber(values.required("N")));
      await deed(chat, transfer);
      chat.send();
      const now = await transfers.find(transfer.id) ?? transfer;
      await chat.print(`* ${lineOf(chat, now)}`);
    },
  };
}

/** `/ls`, `/send`, `/upd`, `/direct`, `/y`, `/n`, `/transfers`, `/pause`, `/resume`, `/cancel`. */
export const FILE_ROWS: readonly SlashRow[] = [
  lsRow,
  sendRow,
  updRow,
  directRow,
  yRow,
  nRow,
  transfersRow,
  deedRow("pause", "pause a transfer", (chat, one) => chat.client.transfers.pause(one)),
  deedRow("resume", "go on with a transfer", (chat, one) => chat.client.transfers.resume(one)),
  deedRow("cancel", "give a transfer up", (chat, one) => chat.client.transfers.cancel(one)),
];
