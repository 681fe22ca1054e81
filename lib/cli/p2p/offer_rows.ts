/** Commands that answer what somebody offers: y, n. */

import { Refusal } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { IncomingTransfer } from "../../client/transfers/transfer.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { transferFields } from "../../app/transfer_lines.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { ShellRow } from "./shell_row.ts";
import { watchPeer } from "./stream_rows.ts";

const WHOSE = { name: "NAME", summary: "whose, else the newest", required: false } as const;

const yes: ShellRow = {
  name: "y",
  aliases: ["yes"],
  group: "Files",
  title: "Take what is offered",
  summary: "take the files, or watch the stream, that somebody offers",
  details:
    "Files come into your downloads, and never take the place of another file. A stream is drawn on the terminal: q leaves it. It comes before files, since it does not wait.",
  arguments: [WHOSE],
  options: [
    { flag: "--to", valueName: "DIR", summary: "where files go, or the pictures of a stream" },
  ],
  examples: [
    { line: "y julia", summary: "takes what julia offers" },
    { line: "y --to pictures", summary: "keeps every picture of a stream" },
  ],
  exitCodes: [4],
  completes: "known",
  run: take,
};

const no: ShellRow = {
  name: "n",
  aliases: ["no"],
  group: "Files",
  title: "Decline what is offered",
  summary: "decline the files, or the stream, that somebody offers",
  arguments: [WHOSE],
  examples: [{ line: "n julia", summary: "tells julia that you do not want them" }],
  exitCodes: [4],
  completes: "known",
  run: decline,
};

/** `y` and `n`. */
export const OFFER_ROWS: readonly ShellRow[] = [yes, no];

async function take(desk: P2pDialogue, values: CommandValues): Promise<void> {
  const to = values.option("--to");
  const folder = to === undefined ? undefined : desk.options.resolvePath(to);
  const { peer, stream, transfer } = await findOffer(desk, values.argument("NAME"));
  if (stream !== undefined) return await watchPeer(desk, { peer, stream, folder });
  const pair = await desk.pair(peer);
  const place = folder ?? desk.options.downloads;
  await pair.transfers.accept(transfer, place);
  pair.wake();
  const text = `Taking ${describeItems(transfer.items)} into ${place}`;
  await desk.say("accepted", transferFields(transfer), text);
}

async function decline(desk: P2pDialogue, values: CommandValues): Promise<void> {
  const { peer, stream, transfer } = await findOffer(desk, values.argument("NAME"));
  const pair = await desk.pair(peer);
  if (stream !== undefined) {
    await pair.streams.decline(stream);
    const { source, title } = stream;
    return await desk.say("declined", { source, title }, `Declined ${sourceWords(stream)}`);
  }
  await pair.transfers.decline(transfer);
  pair.wake();
  const text = `Declined ${describeItems(transfer.items)}`;
  await desk.say("declined", transferFields(transfer), text);
}

type Offer =
  & { readonly peer: KnownPeer }
  & (
    | { readonly stream: StreamRow; readonly transfer?: undefined }
    | { readonly stream?: undefined; readonly transfer: IncomingTransfer }
  );

async function findOffer(desk: P2pDialogue, name: string | undefined): Promise<Offer> {
  const peers = name === undefined ? desk.node?.book.list() ?? [] : [desk.findKnown(name)];
  const files: Offer[] = [];
  const shown: Offer[] = [];
  for (const peer of peers) {
    const { transfers, streams } = await desk.pair(peer);
    files.push(...(await transfers.waiting()).map((transfer) => ({ peer, transfer })));
    shown.push(...(await streams.waiting()).map((stream) => ({ peer, stream })));
  }
  const newest = shown.at(-1) ?? files.at(-1);
  if (newest !== undefined) return newest;
  throw new Refusal("unknown-transfer", "Nothing waits for an answer");
}
