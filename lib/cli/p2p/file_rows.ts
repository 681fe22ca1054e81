/** Commands about files: file, y, n, files. */

import { Refusal } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/peer_host/address_book.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { IncomingTransfer } from "../../client/transfers/transfer.ts";
import { transferFields, transferLineWith } from "../files/transfer_lines.ts";
import type { P2pDesk } from "./p2p_desk.ts";
import type { ShellRow } from "./shell_row.ts";

/** Transfers with one person that `files` shows. */
const MAX_LISTED = 20;

const WHOSE = { name: "NAME", summary: "whose, else the newest", required: false } as const;

const file: ShellRow = {
  name: "file",
  aliases: [],
  group: "Files",
  title: "Send files",
  summary: "offer files and folders to somebody",
  details:
    "Sealed end to end, and checked as a whole before either side says done. They go while both of you are here, and are taken up again where they were.",
  arguments: [
    { name: "USERNAME", summary: "to whom", required: true },
    { name: "PATH", summary: "which", required: true, rest: "words" },
  ],
  options: [],
  examples: [{ line: "file julia report.pdf photos", summary: "a file and a folder" }],
  exitCodes: [4],
  completes: "connected",
  async run(desk, values) {
    const peer = desk.find(values.required("USERNAME"));
    const pair = await desk.pair(peer);
    const paths = values.words("PATH").map(desk.options.resolvePath);
    await pair.transfers.offer(peer.account, paths, desk.options.signal);
    pair.wake();
    for (const transfer of (await pair.transfers.active()).slice(-1)) {
      const text = `Offered to ${peer.name}: ${describeItems(transfer.items)}`;
      await desk.say("offered", transferFields(transfer), text);
    }
  },
};

const yes: ShellRow = {
  name: "y",
  aliases: ["yes"],
  group: "Files",
  title: "Take what is offered",
  summary: "take the files that somebody offers",
  details: "They come into your downloads, and never take the place of another file.",
  arguments: [WHOSE],
  options: [],
  examples: [{ line: "y julia", summary: "takes what julia offers" }],
  exitCodes: [4],
  completes: "known",
  async run(desk, values) {
    const { peer, transfer } = await findOffer(desk, values.argument("NAME"));
    const pair = await desk.pair(peer);
    await pair.transfers.accept(transfer, desk.options.downloads);
    pair.wake();
    const text = `Taking ${describeItems(transfer.items)} into ${desk.options.downloads}`;
    await desk.say("accepted", transferFields(transfer), text);
  },
};

const no: ShellRow = {
  name: "n",
  aliases: ["no"],
  group: "Files",
  title: "Decline what is offered",
  summary: "decline the files that somebody offers",
  arguments: [WHOSE],
  options: [],
  examples: [{ line: "n julia", summary: "tells julia that you do not want them" }],
  exitCodes: [4],
  completes: "known",
  async run(desk, values) {
    const { peer, transfer } = await findOffer(desk, values.argument("NAME"));
    const pair = await desk.pair(peer);
    await pair.transfers.decline(transfer);
    pair.wake();
    const text = `Declined ${describeItems(transfer.items)}`;
    await desk.say("declined", transferFields(transfer), text);
  },
};

const files: ShellRow = {
  name: "files",
  aliases: [],
  group: "Files",
  title: "List files on their way",
  summary: "list files that were offered, and how far they are",
  arguments: [],
  options: [],
  examples: [{ line: "files", summary: "with rate and time that is left" }],
  exitCodes: [],
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
export const FILE_ROWS: readonly ShellRow[] = [file, yes, no, files];

async function findOffer(
  desk: P2pDesk,
  name: string | undefined,
): Promise<{ peer: KnownPeer; transfer: IncomingTransfer }> {
  const peers = name === undefined ? desk.node?.book.list() ?? [] : [desk.findKnown(name)];
  const offers = [];
  for (const peer of peers) {
    const { transfers } = await desk.pair(peer);
    offers.push(...(await transfers.waiting()).map((transfer) => ({ peer, transfer })));
  }
  const newest = offers.at(-1);
  if (newest !== undefined) return newest;
  throw new Refusal("unknown-transfer", "Nothing waits for an answer");
}
