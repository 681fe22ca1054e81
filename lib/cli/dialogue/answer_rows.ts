/** `/y` and `/n`: answers to files, to streams, and to the question whether words were meant as a message. */

import { Refusal } from "../../base/errors.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { type IncomingTransfer, placeOf } from "../../client/transfers/transfer.ts";
import { P2P_OPTION, readWay } from "../files/direct_deed.ts";
import type { Partner } from "./partner.ts";
import { showName } from "./names.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";
import { declineStream, isOfStream, newestOffer, takeStream } from "./stream_answers.ts";
import { readNumber } from "./transfer_rows.ts";

/** What `/y` would say as a message: the words of a `/send` that name no file. */
const words = new WeakMap<ChatHands, { readonly to: Partner; readonly text: string }>();

/** The next `/y` says this text, the next `/n` drops it. */
export function doubt(
  chat: ChatHands,
  said: { readonly to: Partner; readonly text: string },
): void {
  words.set(chat, said);
}

const OFFER = { name: "N", summary: "which, else the newest", required: false } as const;

const yRow: SlashRow = {
  name: "y",
  aliases: ["yes"],
  group: "Files",
  takesTerminal: (chat, values) =>
    !words.has(chat) && chat.stage.open !== undefined &&
    isOfStream(values.argument("N") ?? newestOffer(chat)),
  summary: "take or watch what was offered last, or transfer N, or stream sN",
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
  exitCodes: [],
  async run(chat, { values, offered }) {
    const said = words.get(chat);
    if (values.argument("N") === undefined && said !== undefined) {
      words.delete(chat);
      return await chat.say(said.to, said.text);
    }
    const number = values.argument("N") ?? offered;
    if (isOfStream(number)) return await takeStream(chat, number, values);
    const offer = await findOffer(chat, number);
    const folder = values.option("--to");
    const { direct } = chat.client.transfers;
    const place = { peer: placeOf(offer), shown: showName(offer.peer) };
    const mode = readWay(direct.contacts, place, values);
    if (mode !== undefined) direct.modes.set(offer.id, mode);
    const into = folder === undefined ? chat.stage.downloads : chat.stage.resolve(folder);
    await chat.client.transfers.accept(offer, into);
    chat.send();
    await chat.print(`* taking ${describeItems(offer.items)} into ${into}`);
  },
};

const nRow: SlashRow = {
  name: "n",
  aliases: ["no"],
  group: "Files",
  summary: "decline what was offered last, or transfer N, or stream sN; or leave that",
  arguments: [OFFER],
  options: [],
  examples: [{ line: "n", summary: "declines the newest offer" }],
  exitCodes: [],
  async run(chat, { values, offered }) {
    if (values.argument("N") === undefined && words.delete(chat)) {
      return await chat.print("* nothing was sent");
    }
    const number = values.argument("N") ?? offered;
    if (isOfStream(number)) return await declineStream(chat, number);
    const offer = await findOffer(chat, number);
    await chat.client.transfers.decline(offer);
    chat.send();
    await chat.print(`* declined ${describeItems(offer.items)}`);
  },
};

async function findOffer(chat: ChatHands, number: string | undefined): Promise<IncomingTransfer> {
  if (number === undefined) {
    throw new Refusal("unknown-transfer", "Nothing waited for an answer when this was typed");
  }
  const wanted = readNumber(number);
  const found = (await chat.client.transfers.waiting()).find((one) => one.number === wanted);
  if (found !== undefined) return found;
  throw new Refusal("unknown-transfer", `Transfer ${number} waits for no answer`);
}

/** `/y`, `/n`. */
export const ANSWER_ROWS: readonly SlashRow[] = [yRow, nRow];
