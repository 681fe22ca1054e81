/** Slash commands that offer files: ls, send, upd, direct. What is offered is answered in answer_rows. */

import { UsageError } from "../../base/errors.ts";
import { DIRECT, P2P_OPTION, readP2p } from "../../app/commands/direct.ts";
import { TRANSFERS } from "../../app/commands/transfers.ts";
import { offerNews, offerNewsLines } from "../files/offer_news.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { ANSWER_ROWS, doubt } from "./answer_rows.ts";
import { LS_ROW } from "./ls_row.ts";
import { findNamedFile } from "./named_files.ts";
import { showName, showPeer } from "../../app/names.ts";
import { accountOf, type Partner } from "./partner.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { slashRowsOf } from "./person_rows.ts";
import { readAddressed } from "./whom.ts";

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
  async run(chat, { values, to }) {
    const { partner, what } = await readAddressed(chat, values.words("WHAT"), to);
    await send(chat, partner, { what, mode: readP2p(values) });
  },
};

const updRow: SlashRow = {
  name: "upd",
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
function isAllowed(chat: ChatContext, partner: Partner): boolean {
  const account = accountOf(partner);
  if (account === undefined) return false;
  return chat.client.transfers.direct.contacts.of(account) === "allowed";
}

/** False when nothing was offered: the words may have been meant as a message. */
async function send(
  chat: ChatContext,
  partner: Partner,
  { what, mode }: { readonly what: readonly string[]; readonly mode: ReturnType<typeof readP2p> },
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
  const ids = await transfers.offerOrGoOn(peer, paths, chat.signal, async (news) => {
    for (const line of offerNewsLines(offerNews(news))) await chat.print(`* ${line}`);
  });
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

/** `/ls`, `/send`, `/upd`, `/direct`, and what answers and moves what is offered. */
export const FILE_ROWS: readonly SlashRow[] = [
  LS_ROW,
  sendRow,
  updRow,
  ...slashRowsOf(DIRECT),
  ...ANSWER_ROWS,
  ...slashRowsOf(TRANSFERS),
];

/** Undefined when the words may have been meant as a message: then the person is asked. */
async function findPaths(
  chat: ChatContext,
  to: Partner,
  what: readonly string[],
): Promise<readonly string[] | undefined> {
  const paths: string[] = [];
  for (const word of what) {
    const path = await findNamedFile(chat, word);
    if (path === undefined) {
      const text = what.join(" ");
      const why = `no file '${text}'.`;
      await doubt(chat, { to, text }, { why, question: "Send it as a message instead?" });
      return undefined;
    }
    paths.push(path);
  }
  return paths;
}
