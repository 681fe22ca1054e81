/** Slash commands about files: ls, send, upd, direct, y, n, transfers, pause, resume, cancel. */

import { Refusal, UsageError } from "../../base/errors.ts";
import type { IncomingTransfer, Transfer } from "../../client/transfers/transfer.ts";
import { jsonLine } from "../../terminal/json_line.ts";
import type { P2pMode } from "../../client/direct/direct_settings.ts";
import { DIRECT_SPEC, doDirect, P2P_OPTION, readP2p } from "../files/direct_deed.ts";
import { outboxLine } from "../files/outbox.ts";
import { offerLines, transferLine } from "../files/transfer_lines.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { findNamedFile, isNumber, outbox } from "./named_files.ts";
import { showName, showPeer } from "./names.ts";
import { declineStream, isOfStream, newestOffer, takeStream } from "./stream_answers.ts";
import { accountOf, type Partner } from "./partner.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";
import { readAddressed } from "./whom.ts";

/** Transfers that `/transfers` shows. */
const MAX_LISTED = 20;

/** What `/y` would say as a message: the words of a `/send` that name no file. */
const words = new WeakMap<ChatHands, { readonly to: Partner; readonly text: string }>();

const NUMBER = { name: "N", summary: "a number of /transfers", required: true } as const;
const OFFER = { name: "N", summary: "which, else the newest", required: false } as const;

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

const sendRow: SlashRow = {
  name: "send",
  aliases: ["file"],
  group: "Files",
  summary: "send files and folders to someone, or to a room, sealed",
  details:
    "A number is one of /ls; everything else is a path. bob:/send 0 is the same. In a room everybody who is in it now is asked.",
  arguments: [
    {
      name: "WHAT",
      summary: "@name or #room, unless it is for the conversation that is open, then paths",
      required: true,
      rest: "words",
    },
  ],
  options: [P2P_OPTION],
  examples: [
    { line: "send @bob report.pdf photos", summary: "a file and a folder" },
    { line: "send @bob 0 2", summary: "by their numbers in /ls" },
    { line: "send #ops plan.pdf", summary: "to everybody in a room" },
    { line: "send plan.pdf", summary: "to whom this conversation is with" },
  ],
  exitCodes: [],
  async run(chat, { values, to }) {
    const { partner, what } = await readAddressed(chat, values.words("WHAT"), to);
    await send(chat, partner, { what, mode: readP2p(values) });
  },
};

const updRow: SlashRow = {
  name: "upd",
  aliases: [],
  group: "Files",
  summary: "send files straight to someone, by UDP, while you go on writing",
  details:
    "Both of you have to allow it (/direct allow NAME), since it shows each the other's address. Where that is not so, or no way is found, it goes over the server, and you are told.",
  arguments: [
    {
      name: "NAME",
      summary: "whom, or the file for whom this conversation is with",
      required: true,
    },
    { name: "FILE", summary: "which", required: false, rest: "words" },
  ],
  options: [P2P_OPTION],
  examples: [{ line: "upd bob example1.mp4", summary: "a film, past the server" }],
  exitCodes: [],
  async run(chat, { values, to }) {
    const given = [values.required("NAME"), ...values.words("FILE")];
    const { partner, what } = await readAddressed(chat, given, to);
    const mode = readP2p(values) ?? "prefer";
    if (!await send(chat, partner, { what, mode }) || mode !== "prefer") return;
    if (isAllowed(chat, partner)) return;
    const name = showName(partner.name);
    await chat.print(`* it goes over the server: ${name} may not see your address yet`);
    await chat.print(`* to let files go straight from now on: /direct allow ${name}`);
  },
};

/** Whether the partner may see this person's address. */
function isAllowed(chat: ChatHands, partner: Partner): boolean {
  const account = accountOf(partner);
  if (account === undefined) return false;
  return chat.client.transfers.direct.contacts.of(account) === "allowed";
}

/** False when nothing was offered: the words may have been meant as a message. */
async function send(
  chat: ChatHands,
  partner: Partner,
  { what, mode }: { readonly what: readonly string[]; readonly mode: P2pMode | undefined },
): Promise<boolean> {
  const { transfers } = chat.client;
  const { peer } = partner;
  if (accountOf(partner) === undefined && mode !== undefined && mode !== "never") {
    throw new UsageError("no-room", "What goes to a room goes over the server: use /send");
  }
  if (peer === chat.people.own.account) {
    throw new UsageError("to-yourself", "This is you: choose another name");
  }
  if (what.length === 0) {
    throw new UsageError("no-file", "Say which file: a path, or a number of /ls");
  }
  const paths = await findPaths(chat, partner, what);
  if (paths === undefined) return false;
  const ids = await transfers.offerOrGoOn(peer, paths, chat.signal);
  if (mode !== undefined) { for (const id of ids) transfers.direct.modes.set(id, mode); }
  chat.send();
  for (const { number, items, offer } of (await transfers.active()).slice(-1)) {
    const members = offer === undefined ? 1 : transfers.countOffer(offer).all;
    const numbers = members === 1
      ? `transfer ${number}`
      : `transfers ${number - members + 1} to ${number}`;
    const to = showPeer(peer, partner.name);
    await chat.print(`* offered to ${to}: ${describeItems(items)}, ${numbers}`);
  }
  if (!chat.client.isOnline) {
    await chat.print("* not connected: nothing has left yet, it goes when the server is back");
  }
  if (mode === "only" && !isAllowed(chat, partner)) {
    const name = showName(partner.name);
    await chat.print(`* it waits until you let it go straight: /direct allow ${name}`);
  }
  return true;
}

const directRow: SlashRow = {
  ...DIRECT_SPEC,
  async run(chat, { values }) {
    const { contacts } = chat.client.transfers.direct;
    const facts = await doDirect(contacts, values, (name) => chat.findContact(name));
    if (facts.length === 0) await chat.print("* nobody sees your address");
    await chat.printAll(facts.map(({ line }) => `* ${line}`));
  },
};

const yRow: SlashRow = {
  name: "y",
  aliases: ["yes"],
  group: "Files",
  takesTerminal: (chat, values) =>
    !words.has(chat) && isOfStream(values.argument("N") ?? newestOffer(chat)),
  summary: "take or watch what was offered last, or transfer N, or stream sN",
  arguments: [OFFER],
  options: [{
    flag: "--to",
    valueName: "DIR",
    summary: "where files go (default: your downloads), or pictures of a stream",
  }],
  examples: [{ line: "y 3", summary: "takes transfer 3" }],
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
    const place = folder === undefined ? chat.stage.downloads : chat.stage.resolve(folder);
    await chat.client.transfers.accept(offer, place);
    chat.send();
    await chat.print(`* taking ${describeItems(offer.items)} into ${place}`);
  },
};

const nRow: SlashRow = {
  name: "n",
  aliases: ["no"],
  group: "Files",
  summary: "decline what was offered last, or transfer N, or stream sN",
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

/** Undefined when the words may have been meant as a message: then the person is asked. */
async function findPaths(
  chat: ChatHands,
  to: Partner,
  what: readonly string[],
): Promise<readonly string[] | undefined> {
  const paths: string[] = [];
  for (const word of what) {
    const path = await findNamedFile(chat, word);
    if (path === undefined) {
      const text = what.join(" ");
      words.set(chat, { to, text });
      await chat.print(`* no file '${text}'. Send it as a message instead? /y or /n`);
      return undefined;
    }
    paths.push(path);
  }
  return paths;
}

async function findOffer(chat: ChatHands, number: string | undefined): Promise<IncomingTransfer> {
  if (number === undefined) {
    throw new Refusal("unknown-transfer", "Nothing waited for an answer when this was typed");
  }
  const wanted = readNumber(number);
  const found = (await chat.client.transfers.waiting()).find((one) => one.number === wanted);
  if (found !== undefined) return found;
  throw new Refusal("unknown-transfer", `Transfer ${number} waits for no answer`);
}

function readNumber(text: string): number {
  if (isNumber(text)) return Number(text);
  throw new UsageError("bad-number", "Say the number of a transfer, as /transfers lists it");
}
