/** Commands that offer something, and answer that: file, those on their way, stream, y, n. */

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
import {
  shownWords,
  SOURCE_OPTIONS,
  STREAMING,
  type StreamKinds,
} from "../../app/commands/streams.ts";
import { HeliographError, Refusal } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { requireIdle, showTask, stopShowing } from "../streams/show_stream.ts";
import { openSource } from "../streams/stream_source.ts";
import { type OfferKinds, OFFERS } from "../../app/commands/offers.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";

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
        transfer === undefined ? [] : `Sent a request to ${name}: ${describeItems(transfer.items)}`,
    },
    "not-connected": { isNote: true, line: () => [] },
  };
}

/** What is told of it, with the other one's name as they write it. */
function streamWording({ name }: KnownPeer): Wording<StreamKinds> {
  return {
    ...STREAMING.wording,
    "stream-offered": {
      fields: ({ kind, title }) => ({ source: kind, title }),
      line: (facts) => `Sent a request to ${name}: ${shownWords(facts)}`,
    },
  };
}

/** `stream stop`, and nothing else. */
function isStop(values: CommandValues): boolean {
  const others = [
    values.argument("FILE"),
    ...SOURCE_OPTIONS.map(({ flag }) => values.option(flag)),
  ];
  return values.required("USERNAME") === "stop" && others.every((one) => one === undefined);
}

/** `stream`: runs beside the shell. */
const STREAM_ROWS: readonly ShellRow[] = shellRowsOf(STREAMING, streamWording, {
  async show(desk, values, run) {
    if (isStop(values)) return stopShowing(desk);
    requireIdle(desk, "stream stop");
    const peer = desk.find(values.required("USERNAME"));
    const source = await openSource(values, values.argument("FILE"), desk.options.resolvePath);
    const task = showTask(desk, source, {
      show: (live) => run(peer, live),
      stopped: () => desk.say("streamed", {}, "Stream stopped: nobody watched it"),
    });
    desk.beside(async (until) => {
      try {
        await task(until);
      } catch (error) {
        if (!(error instanceof HeliographError)) throw error;
        await desk.complain(error);
      }
    });
  },
});

/** Of one person who is known to be meant. */
function answerWording(): Wording<OfferKinds> {
  const { wording } = OFFERS;
  return {
    ...wording,
    "accepted": {
      ...wording["accepted"],
      line: ({ transfer, into }) => `Receiving ${describeItems(transfer.items)} into ${into}`,
    },
    "declined": {
      ...wording["declined"],
      line: ({ transfer }) => `Declined ${describeItems(transfer.items)}`,
    },
    "declined-stream": {
      ...wording["declined-stream"],
      line: ({ stream }) => `Declined ${sourceWords(stream)}`,
    },
  };
}

/** Whose offer is answered: the newest, streams before files. */
async function offererOf(desk: P2pDialogue, name: string | undefined): Promise<KnownPeer> {
  if (name !== undefined) return desk.findKnown(name);
  const files: KnownPeer[] = [];
  const shown: KnownPeer[] = [];
  for (const peer of desk.node?.book.list() ?? []) {
    const { transfers, streams } = await desk.pair(peer);
    if ((await transfers.waiting()).length > 0) files.push(peer);
    if ((await streams.waiting()).length > 0) shown.push(peer);
  }
  const newest = shown.at(-1) ?? files.at(-1);
  if (newest !== undefined) return newest;
  throw new Refusal("unknown-transfer", "There is nothing to answer");
}

/** `y` and `n`. */
const ANSWER_ROWS: readonly ShellRow[] = shellRowsOf(OFFERS, answerWording, {
  peerOf: offererOf,
});

/** Rows about files and streams. */
export const FILE_ROWS: readonly ShellRow[] = [
  ...shellRowsOf(SEND_FILES, offerWording),
  ...shellRowsOf(TRANSFERS, wordingWith),
  ...STREAM_ROWS,
  ...ANSWER_ROWS,
];
