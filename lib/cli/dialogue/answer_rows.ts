/** `/y` and `/n`: answers to files, streams, strangers, invitations, and to the question whether words were meant as a message. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { type IncomingTransfer, placeOf } from "../../client/transfers/transfer.ts";
import { P2P_OPTION, readWay } from "../../app/commands/direct.ts";
import { readNumber } from "../../app/commands/transfers.ts";
import { showName } from "../../app/names.ts";
import { type DoubtedText, isOfText } from "./shown_requests.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { acceptRequest, declineRequest, isOfPersonOrRoom } from "./request_answers.ts";
import { say } from "./talk_rows.ts";
import { declineStream, isOfStream, takeStream } from "./stream_answers.ts";

/**
 * Asks whether a text is to be sent: a `/y` that is begun from now on says it, `/n` or anything else that is entered drops it.
 * `why` is what is odd about it. Throws Refusal `not-sent` where nobody can be asked.
 */
export async function doubt(
  chat: ChatContext,
  said: DoubtedText,
  { why, question }: { readonly why: string; readonly question: string },
): Promise<void> {
  if (!chat.isAttended) throw new Refusal("not-sent", `Not sent: ${why}`);
  await chat.print(`* ${why} ${question} /y or /n`);
  chat.requests.doubt(said);
}

const NOTHING_SENT = "* nothing was sent";

const OFFER = { name: "N", summary: "which, else the newest", required: false } as const;

const yRow: SlashRow = {
  name: "y",
  aliases: ["yes"],
  group: "Files",
  takesTerminal: (chat, { values, offered }) =>
    chat.stage.open !== undefined &&
    isOfStream(values.argument("N") ?? offered),
  summary:
    "accept what was asked last: a file, a stream, a stranger, a room; or N, sN, @NAME, #ROOM",
  arguments: [OFFER],
  options: [{
    flag: "--to",
    valueName: "DIR",
    summary: "where files go (default: your downloads), or pictures of a stream",
  }, P2P_OPTION],
  examples: [
    { line: "y 3", summary: "takes transfer 3" },
    { line: "y s1 --p2p never", summary: "watches stream 1, over the server" },
  ],
  async run(chat, { values, offered }) {
    if (values.argument("N") === undefined && isOfText(offered)) {
      // Meant for files: the text was not.
      if (values.option("--to") !== undefined || values.option("--p2p") !== undefined) {
        throw new UsageError("no-file", "What was asked last is a text: /y alone sends it");
      }
      const said = chat.requests.takeDoubted(offered);
      return said === undefined
        ? await chat.print(NOTHING_SENT)
        : await say(chat, said.to, said.text);
    }
    const number = values.argument("N") ?? offered;
    if (isOfStream(number)) return await takeStream(chat, number, values);
    if (isOfPersonOrRoom(number)) return await acceptRequest(chat, number);
    const offer = await findOffer(chat, number);
    const folder = values.option("--to");
    const { direct } = chat.client.transfers;
    const place = { peer: placeOf(offer), shown: showName(offer.peer) };
    const mode = readWay(direct.contacts, place, values);
    if (mode !== undefined) direct.modes.set(offer.id, mode);
    const into = folder === undefined ? chat.stage.downloads : chat.stage.resolve(folder);
    await chat.client.transfers.accept(offer, into);
    chat.send();
    await chat.print(
      `* taking ${describeItems(offer.items)} from ${showName(offer.peer)} into ${into}`,
    );
  },
};

const nRow: SlashRow = {
  name: "n",
  aliases: ["no"],
  group: "Files",
  summary: "decline what was asked last, or N, sN, @NAME, #ROOM; or leave stream sN",
  arguments: [OFFER],
  examples: [{ line: "n", summary: "declines the newest offer" }],
  async run(chat, { values, offered }) {
    if (values.argument("N") === undefined && isOfText(offered)) {
      chat.requests.takeDoubted(offered);
      return await chat.print(NOTHING_SENT);
    }
    const number = values.argument("N") ?? offered;
    if (isOfStream(number)) return await declineStream(chat, number);
    if (isOfPersonOrRoom(number)) return await declineRequest(chat, number);
    const offer = await findOffer(chat, number);
    await chat.client.transfers.decline(offer);
    chat.send();
    await chat.print(`* declined ${describeItems(offer.items)} of ${showName(offer.peer)}`);
  },
};

async function findOffer(chat: ChatContext, number: string | undefined): Promise<IncomingTransfer> {
  if (number === undefined) {
    throw new Refusal("unknown-transfer", "Nothing waited for an answer when this was typed");
  }
  const wanted = readNumber(number, "/transfers");
  const found = (await chat.client.transfers.waiting()).find((one) => one.number === wanted);
  if (found !== undefined) return found;
  throw new Refusal("unknown-transfer", `Transfer ${number} waits for no answer`);
}

/** `/y`, `/n`. */
export const ANSWER_ROWS: readonly SlashRow[] = [yRow, nRow];
