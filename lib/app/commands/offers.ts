/** Commands that answer what somebody offers, files and live streams; and their words. */

import { Refusal } from "../../base/errors.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { type IncomingTransfer, placeOf } from "../../client/transfers/transfer.ts";
import { result, type Running } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { Wording } from "../../commands/wording.ts";
import { framesOf, watchedStreamLine } from "../stream_lines.ts";
import { showName } from "../names.ts";
import {
  type ConversationCommands,
  type ConversationContext,
  type ConversationRow,
  surfaceOf,
} from "../person_row.ts";
import { transferFields } from "../transfer_lines.ts";
import type { WatchedStream } from "../video_surface.ts";
import { P2P_OPTION, readWay } from "./direct.ts";
import { readNumber } from "./transfers.ts";

/** Every kind of report of these commands. */
export interface OfferKinds {
  "accepted": { readonly transfer: IncomingTransfer; readonly into: string };
  "declined": { readonly transfer: IncomingTransfer };
  "declined-stream": { readonly stream: StreamRow };
  "watched-stream": WatchedStream;
}

const WORDING: Wording<OfferKinds> = {
  "accepted": {
    fields: ({ transfer }) => transferFields(transfer),
    line: ({ transfer: { items, peer }, into }) =>
      `receiving ${describeItems(items)} from ${showName(peer)} into ${into}`,
  },
  "declined": {
    fields: ({ transfer }) => transferFields(transfer),
    line: ({ transfer: { items, peer } }) =>
      `declined ${describeItems(items)} from ${showName(peer)}`,
  },
  "declined-stream": {
    type: "declined",
    fields: ({ stream: { source, title } }) => ({ source, title }),
    line: ({ stream }) => `declined ${sourceWords(stream)} from ${showName(stream.account)}`,
  },
  "watched-stream": {
    fields: ({ summary, saved }) => ({ ...summary, saved: saved?.saved }),
    line: (watched) => {
      const { saved } = watched;
      const kept = saved === undefined ? "" : `; saved ${framesOf(saved.saved)} in ${saved.folder}`;
      return `${watchedStreamLine(watched)}${kept}`;
    },
  },
};

/** `s3`, as offers of streams are numbered. */
const STREAM_NUMBER = /^s([0-9]{1,9})$/;

/** The number of a stream, where this is one. */
export function streamNumber(word: string | undefined): number | undefined {
  const digits = STREAM_NUMBER.exec(word ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

interface Offered {
  readonly stream?: StreamRow;
  readonly transfer?: IncomingTransfer;
}

/** What is answered: that with the number `N`, else the newest. A stream comes before files, since it does not wait. */
async function findOffer(
  { client: { transfers }, streams }: ConversationContext,
  number: string | undefined,
): Promise<Offered> {
  const streamed = streamNumber(number);
  if (number === undefined || streamed !== undefined) {
    const waiting = await streams().waiting();
    // What was left is watched again by its number only.
    const stream = streamed === undefined
      ? waiting.at(-1)
      : [...waiting, ...await streams().leftRunning()].find((one) => one.number === streamed);
    if (stream !== undefined) return { stream };
    if (number !== undefined) {
      throw new Refusal(
        "unknown-stream",
        `Stream ${number} is not waiting for an answer. /transfers and /requests list the open ones`,
      );
    }
  }
  const wanted = number === undefined ? undefined : readNumber(number, "/transfers");
  const waiting = await transfers.waiting();
  const transfer = waiting.findLast((one) => wanted === undefined || one.number === wanted);
  if (transfer !== undefined) return { transfer };
  throw new Refusal(
    "unknown-transfer",
    number === undefined
      ? "There is nothing to answer"
      : `Transfer ${number} is not waiting for an answer. /transfers lists the open ones`,
  );
}

const OFFER: ArgumentSpec = {
  name: "N",
  summary: "its number; the newest by default",
  required: false,
};
const WHOSE: ArgumentSpec = {
  name: "NAME",
  summary: "the sender; the newest by default",
  required: false,
};
const COMMON = {
  group: "Files",
  arguments: [OFFER],
  verb: "none",
} as const;

const yes: ConversationRow<OfferKinds> = {
  ...COMMON,
  name: "y",
  aliases: ["yes"],
  summary:
    "accept the latest request: a file, a stream, a stranger, a room; or N, sN, @NAME, #ROOM",
  options: [{
    flag: "--to",
    valueName: "DIR",
    summary: "where files go (default: your downloads), or the pictures of a stream",
  }, P2P_OPTION],
  examples: [
    { line: "y 3", summary: "accepts transfer 3" },
    { line: "y s1 --p2p never", summary: "watches stream 1, through the server" },
  ],
  // What the command line calls it, too.
  slash: { aliases: ["yes", "file receive", "stream accept"] },
  needs: ["connection", "video"],
  p2p: {
    title: "Accept a request",
    summary: "accept files, or watch a stream",
    details:
      "Files go into your downloads and never replace another file. A stream plays in the terminal: q leaves it. If both wait, the stream comes first.",
    arguments: [WHOSE],
    options: [
      { flag: "--to", valueName: "DIR", summary: "where files go, or the pictures of a stream" },
    ],
    examples: [
      { line: "y julia", summary: "accepts julia's files" },
      { line: "y --to pictures", summary: "keeps every picture of a stream" },
    ],
  },
  async *run(context, values, { signal }): Running<OfferKinds> {
    const { transfers } = context.client;
    const { contacts, modes } = transfers.direct;
    const folder = values.option("--to");
    const { stream, transfer } = await findOffer(context, values.maybe("N"));
    if (stream !== undefined) {
      const shown = showName(stream.account);
      const mode = readWay(contacts, { peer: stream.peer, shown }, values);
      const surface = surfaceOf(context);
      const watched = await surface.watch(context.streams(), stream, { folder, mode, signal });
      yield result("watched-stream", watched).reports;
      if (watched.error !== undefined) throw watched.error;
    }
    if (transfer === undefined) return { reports: [] };
    const place = { peer: placeOf(transfer), shown: showName(transfer.peer) };
    const mode = readWay(contacts, place, values);
    if (mode !== undefined) modes.set(transfer.id, mode);
    const into = folder === undefined ? context.downloads : context.resolve(folder);
    await transfers.accept(transfer, into);
    await context.send();
    return result("accepted", { transfer, into });
  },
};

const no: ConversationRow<OfferKinds> = {
  ...COMMON,
  name: "n",
  aliases: ["no"],
  summary: "decline the latest request, or N, sN, @NAME, #ROOM; or leave stream sN",
  examples: [{ line: "n", summary: "declines the latest request" }],
  needs: ["connection"],
  p2p: {
    title: "Decline a request",
    summary: "decline files or a stream",
    arguments: [WHOSE],
    examples: [{ line: "n julia", summary: "julia sees that you declined" }],
  },
  async run(context, values) {
    const { stream, transfer } = await findOffer(context, values.maybe("N"));
    if (stream !== undefined) {
      await context.streams().decline(stream);
      return result("declined-stream", { stream });
    }
    if (transfer === undefined) return { reports: [] };
    await context.client.transfers.decline(transfer);
    await context.send();
    return result("declined", { transfer });
  },
};

/** `y` and `n`. */
export const OFFERS: ConversationCommands<OfferKinds> = { rows: [yes, no], wording: WORDING };
