/** The commands that offer files to somebody or to a room, and their words. */

import { UsageError } from "../../base/errors.ts";
import type { TransferId } from "../../base/ids.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { P2pMode } from "../../client/direct/direct_settings.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { OfferNews } from "../../client/transfers/offering.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { result, type Running } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { posterOfFile } from "../../media/frames/poster.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import {
  type ConversationCommands,
  type ConversationContext,
  conversationOf,
  type ConversationRow,
  type PersonCommands,
  type PersonRow,
} from "../person_row.ts";
import {
  SENT_FILES_WORDING,
  type SentFilesKinds,
  submissionStateOf,
  untilSent,
} from "../sent_files.ts";
import { LOST_FILES } from "../transfer_progress.ts";
import { P2P_OPTION, readP2p, readWay } from "./direct.ts";

type LeftOut = OfferNews["leftOut"][number];
type Renamed = OfferNews["renamed"][number];
interface To {
  readonly shown: string;
}

/** Every kind of report of these commands. */
export interface SendFilesKinds extends SentFilesKinds {
  /** `isShown`: the first of them; of more a person is told how many. */
  "offer-news": { readonly about: LeftOut | Renamed; readonly isShown: boolean };
  "more-news": { readonly more: number };
  "offered": To & {
    readonly ids: readonly TransferId[];
    /** The newest; `all`: so many members of a room are offered the same. */
    readonly transfer: Transfer | undefined;
    readonly all: number;
  };
  "not-connected": Record<never, never>;
  "awaits-consent": To;
  "over-server": To;
}

type FilesReport = Report<SendFilesKinds>;

const MOST_NEWS = 10;

const KINDS: Readonly<Record<LeftOut["why"], string>> = {
  link: "a link",
  pipe: "a pipe",
  socket: "a socket",
  device: "a device",
  name: "its name is not valid text",
};

const WORDING: Wording<SendFilesKinds> = {
  ...SENT_FILES_WORDING,
  "offer-news": {
    aside: "always",
    type: ({ about }) => "why" in about ? "left-out" : "renamed",
    fields: ({ about }) => ({ ...about }),
    line: ({ about, isShown }) => isShown ? newsLine(about) : [],
  },
  "more-news": {
    isNote: true,
    line: ({ more }) => `And ${more} more: --json lists them all`,
  },
  "offered": {
    isNote: true,
    line({ shown, transfer, all }, { isDialogue }) {
      if (!isDialogue) {
        return `Waiting for ${shown}. You can press Ctrl-C: the same command resumes it`;
      }
      if (transfer === undefined) return [];
      const { items, number } = transfer;
      const numbers = all === 1
        ? `transfer ${number}`
        : `transfers ${number - all + 1} to ${number}`;
      return `sent a request to ${shown}: ${describeItems(items)}, ${numbers}`;
    },
  },
  "not-connected": {
    isNote: true,
    line: () => "not connected: nothing has been sent yet, it goes out when the server is back",
  },
  "awaits-consent": {
    isNote: true,
    line: ({ shown }, { command }) =>
      `it waits until you allow a direct connection: ${command("direct", `allow ${shown}`)}`,
  },
  "over-server": {
    isNote: true,
    line: ({ shown }, { command }) => [
      `it goes through the server: ${shown} may not see your address yet`,
      `to send files directly from now on: ${command("direct", `allow ${shown}`)}`,
    ],
  },
};

function newsLine(about: LeftOut | Renamed): string {
  if ("why" in about) return `Skipped: ${about.path} (${KINDS[about.why]})`;
  const { path, there } = about;
  return `${path} and another file have the same name on some machines: it arrives as ${there}`;
}

/** In the order in which they are told. */
function newsReports(news: readonly OfferNews[]): readonly FilesReport[] {
  const told = news.flatMap(({ leftOut, renamed }) => [...leftOut, ...renamed])
    .map((about, place): FilesReport => ({
      kind: "offer-news",
      facts: { about, isShown: place < MOST_NEWS },
    }));
  const more = told.length - MOST_NEWS;
  return more > 0 ? [...told, { kind: "more-news", facts: { more } }] : told;
}

/** Offers what `PATH` names. From then on the transfers say how far it is. */
async function* offer(
  context: ConversationContext,
  values: CommandValues,
  { mode, signal }: { readonly mode: P2pMode | undefined; readonly signal: AbortSignal },
): AsyncGenerator<
  readonly FilesReport[],
  { readonly reports: readonly FilesReport[]; readonly isWhole: boolean }
> {
  const { client, submission } = context;
  const { transfers } = client;
  const { peer, shown } = conversationOf(context);
  const news: OfferNews[] = [];
  const begun: TransferId[] = [];
  let ids: readonly TransferId[];
  try {
    ids = await transfers.beginOrGoOn(peer, values.words("PATH").map(context.resolve), {
      signal,
      began(ids) {
        begun.push(...ids);
        if (submission === undefined) return;
        submission.ids = begun;
        submission.follow(() => submissionStateOf(begun.map((id) => transfers.stateOf(id))));
      },
      tell: (some) => Promise.resolve(void news.push(some)),
      posterOf: (path, maxBytes) => posterOfFile(path, { maxBytes, clock: client.clock, signal }),
    });
  } finally {
    // Also where that is why nothing can be offered.
    yield newsReports(news);
  }
  if (mode !== undefined) { for (const id of ids) transfers.direct.modes.set(id, mode); }
  await context.send();
  const transfer = (await transfers.active()).at(-1);
  const all = transfer?.offer === undefined ? 1 : transfers.countOffer(transfer.offer).all;
  const reports: FilesReport[] = [{ kind: "offered", facts: { shown, ids, transfer, all } }];
  if (!context.isConnected()) reports.push({ kind: "not-connected", facts: {} });
  if (mode === "only" && !mayGoStraight(context)) {
    reports.push({ kind: "awaits-consent", facts: { shown } });
  }
  // A file whose name is no text was meant to be sent.
  const isWhole = !news.some(({ leftOut }) => leftOut.some(({ why }) => why === "name"));
  return { reports, isWhole };
}

/** Whether the other side may see this person's address. */
function mayGoStraight(context: ConversationContext): boolean {
  const { peer } = conversationOf(context);
  return isDirect(peer) && context.client.transfers.direct.contacts.of(peer) === "allowed";
}

/** The way that is asked for. A dialogue lets what may not go straight yet wait for that. */
function wayOf(context: ConversationContext, values: CommandValues): P2pMode | undefined {
  const conversation = conversationOf(context);
  const { contacts } = context.client.transfers.direct;
  return context.isDialogue ? readP2p(values) : readWay(contacts, conversation, values);
}

function requireServerWay(context: ConversationContext, mode: P2pMode | undefined): void {
  if (isDirect(conversationOf(context).peer) || mode === undefined || mode === "never") return;
  throw new UsageError("no-room", "What goes to a room goes over the server: use /send");
}

const sendFiles: ConversationRow<SendFilesKinds> = {
  name: "file send",
  aliases: ["upd"],
  group: "Files",
  summary: "send files and folders, end-to-end encrypted",
  details:
    "Ends with 0 when the receiver has verified everything. If the receiver is offline, the files wait on the server for 7 days. Ctrl-C or a lost connection loses nothing: the same command resumes, and so does the chat. It skips links, pipes and devices inside folders, and names them; if a file name is not valid text, it sends the rest and exits with 4. In a room it asks every current member; it uploads once, and ends when everybody has it or has declined.",
  arguments: [{ name: "PATH", summary: "files and folders", required: true, rest: "words" }],
  options: [P2P_OPTION],
  examples: [
    { line: "file send bob report.pdf photos", summary: "ends when bob has verified them" },
    { line: "file send bob big.iso --wait uploaded", summary: "leaves it to the server" },
    { line: "file send '#ops' plan.pdf", summary: "to everybody in a room" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 8],
  needs: ["connection", "conversation"],
  submission: {
    none: "Nothing was sent",
    queued: "The request is stored, and the same command resumes it; it goes out",
    sent: "The server has all of it",
    delivered: "The receiver has verified all of it",
    unknown: "Cannot tell whether the request was sent",
  },
  verb: {
    named: { name: "TO", summary: "a person, or a room: '#256'", required: true },
    options: [{
      flag: "--wait",
      valueName: "STATE",
      choices: ["verified", "uploaded"],
      summary: "uploaded: exit with 8 once the server has all of it",
    }, P2P_OPTION],
  },
  slash: {
    name: "send",
    aliases: ["file"],
    summary: "send files and folders to a person or a room, end-to-end encrypted",
    details:
      "A number is one of /ls; anything else is a path. bob:/send 0 is the same. In a room it asks every current member.",
    named: {
      name: "WHAT",
      summary: "@name or #room, unless the open conversation is meant, then paths",
      required: true,
      rest: "words",
    },
    arguments: [],
    examples: [
      { line: "file send @bob report.pdf photos", summary: "a file and a folder" },
      { line: "file send @bob 0 2", summary: "by their numbers in /ls" },
      { line: "file send #ops plan.pdf", summary: "to everybody in a room" },
      { line: "file send plan.pdf", summary: "to the open conversation" },
    ],
  },
  p2p: {
    name: "file",
    aliases: [],
    title: "Send files",
    summary: "send somebody files and folders",
    details:
      "End-to-end encrypted, and verified as a whole before either side says done. Files move while both of you are online, and resume where they stopped.",
    named: { name: "USERNAME", summary: "the person", required: true },
    whom: "connected",
    arguments: [{ name: "PATH", summary: "which", required: true, rest: "words" }],
    options: [],
    examples: [{ line: "file send julia report.pdf photos", summary: "a file and a folder" }],
  },
  lasting: () => LOST_FILES,
  async *run(context, values, { signal }): Running<SendFilesKinds> {
    const mode = wayOf(context, values);
    requireServerWay(context, mode);
    const { reports, isWhole } = yield* offer(context, values, { mode, signal });
    // What is not there must not look as if it were.
    const exit = isWhole ? undefined : EXIT.unknown;
    if (context.submission === undefined) return { reports, ...(exit && { exit }) };
    yield reports;
    const ids = reports.flatMap(({ kind, facts }) => kind === "offered" ? facts.ids : []);
    return yield* untilSent(context, { ids, values, exit, signal });
  },
};

const sendStraight: PersonRow<SendFilesKinds> = {
  ...sendFiles,
  name: "upd",
  needs: ["server", ...sendFiles.needs],
  verb: "none",
  slash: {
    aliases: [],
    summary: "send files directly, by UDP, while you keep chatting",
    details:
      "Both of you must allow it (/direct allow NAME), since it shows each the other's address. Otherwise, or if no direct connection works, the file goes through the server, and you see that it does.",
    named: {
      name: "NAME",
      summary: "the person, or the file for the open conversation",
      required: true,
    },
    arguments: [{ name: "FILE", summary: "which", required: false, rest: "words" }],
    examples: [{ line: "upd bob example1.mp4", summary: "a video, past the server" }],
  },
  async *run(context, values, { signal }): Running<SendFilesKinds> {
    const mode = readP2p(values) ?? "prefer";
    requireServerWay(context, mode);
    const { reports } = yield* offer(context, values, { mode, signal });
    if (mode !== "prefer" || mayGoStraight(context)) return { reports };
    const { shown } = conversationOf(context);
    return { reports: [...reports, ...result("over-server", { shown }).reports] };
  },
};

/** `file send`. */
export const SEND_FILES: ConversationCommands<SendFilesKinds> = {
  rows: [sendFiles],
  wording: WORDING,
};

/** `/upd`. */
export const SEND_STRAIGHT: PersonCommands<SendFilesKinds> = {
  rows: [sendStraight],
  wording: WORDING,
};
