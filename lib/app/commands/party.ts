/** The commands that watch a video of the server together with a conversation, and their words. */

import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { Parties, type PartyView, type WatchParty } from "../../client/party/parties.ts";
import { type CommandResult, result, type RowArgument } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Sent } from "../../client/streams/sending.ts";
import { HostedFile, streamOfParty } from "../../client/party/hosted_file.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import {
  type PersonCommands,
  type PersonContext,
  type PersonRow,
  surfaceOf,
} from "../person_row.ts";
import { showName } from "../names.ts";
import { findRecipient, type Recipient } from "../recipient.ts";
import { LOST_STREAM, requireWatched, sentStreamLine } from "../stream_lines.ts";
import { listVideos } from "../video_list.ts";
import type { Played, VideoRequest, Watched, WatchedStream } from "../video_surface.ts";
import { STREAM_ACCEPT } from "./stream_accept.ts";
import { VIDEOS } from "./videos.ts";

/** Every kind of report of these commands. */
export interface PartyKinds {
  "party-started": { readonly video: string; readonly shown: string };
  "party-joined": { readonly video: string; readonly shown: string };
  "party-hosted": Sent;
  "party-seen": WatchedStream;
  "party-watched": Played & Pick<VideoRequest, "folder">;
  "party-over": PartyOver;
}

/** Whose doing it was that a video ended for who watched it with them. */
interface PartyOver {
  readonly account: AccountId;
  /** For all; or they said that they are at or behind its end, which no picture shows. */
  readonly how: "ended" | "beyond";
}

const WORDING: Wording<PartyKinds> = {
  "party-started": {
    isNote: true,
    line: ({ video, shown }) => `watch party with ${shown}: ${video}. They come by /party join`,
  },
  "party-joined": {
    isNote: true,
    line: ({ video, shown }) => `watching ${video} with ${shown}`,
  },
  "party-hosted": { fields: (sent) => ({ ...sent }), line: sentStreamLine },
  "party-seen": STREAM_ACCEPT.wording["watched-stream"],
  "party-watched": VIDEOS.wording.watched,
  "party-over": {
    isNote: true,
    line({ account, how }, { isDialogue }) {
      if (how === "beyond") return `${showName(account)} went to the end of the video`;
      // There it stands among the messages.
      return isDialogue ? [] : `${showName(account)} ended the watch party`;
    },
  },
};

/** Undefined for the host, and where the video came to its end by itself, or was left. */
export function partyOver(
  { isHost, state, account }: Pick<PartyView, "isHost" | "state" | "account">,
  { complete, hostWentToEnd }: Pick<Watched, "complete" | "hostWentToEnd">,
): PartyOver | undefined {
  if (isHost) return undefined;
  if (hostWentToEnd === true) return { account, how: "beyond" };
  return state === "over" && !complete ? { account, how: "ended" } : undefined;
}

const VIDEO: ArgumentSpec = {
  name: "VIDEO",
  takes: "video",
  summary: "a name or number from the list, or a file of your own",
  required: true,
};
const MODE: OptionSpec = {
  flag: "--mode",
  valueName: "MODE",
  choices: VIDEO_MODES,
  summary: "which rendition each frame comes from, for you alone",
};
const WHOM = { name: "WITH", summary: "somebody, or a #room" } as const;
const WITH: RowArgument = {
  ...WHOM,
  summary: `${WHOM.summary}; the open conversation without`,
  required: false,
  unopened: { ...WHOM, required: true },
};

const COMMON = {
  group: "Videos",
  options: [MODE],
  exitCodes: [3, 4, 5, 6, 7, 9, 11],
  needs: ["server", "connection", "video"],
  lasting: () => LOST_STREAM,
} as const;

const start: PersonRow<PartyKinds> = {
  ...COMMON,
  name: "party",
  summary: "watch a video of the server, or of your own, together with somebody or a room",
  details:
    "Everybody sees the same picture at the same moment, each in a mode of their own, and can talk beside it. You are the host: your keys for pause, place and speed count for all. Whoever comes later sees where you are. When you leave, one of those who watch is the host. A file of your own begins when the first one comes, is streamed end-to-end encrypted, and ends when you leave: nobody else has it.",
  arguments: [VIDEO, WITH],
  examples: [
    { line: "party cockatoo '#ops'", summary: "the room is invited, and you begin" },
    { line: "party ./holiday.mp4 '#ops'", summary: "a file of your own" },
  ],
  slash: {
    examples: [
      { line: "party cockatoo", summary: "with the open conversation" },
      { line: "party 2 #ops --mode adaptive", summary: "with a room, in a mode of your own" },
    ],
  },
  async *run(context, values, { signal }) {
    const { peer, shown } = await partnersOf(context, values);
    const wanted = values.required("VIDEO");
    const video = await nameOf(context, wanted);
    if (video === undefined) {
      const source = await surfaceOf(context).openFile(wanted, signal);
      if (source === undefined) throw unknownVideo(wanted);
      try {
        const hosted = await HostedFile.open(context.client, peer, source);
        yield result("party-started", { video: source.title, shown }).reports;
        return await host(context, hosted, { shown, signal });
      } finally {
        await source.close();
      }
    }
    const party = await new Parties(context.client).start(peer, video);
    yield result("party-started", { video, shown }).reports;
    return await play(context, values, party);
  },
};

const join: PersonRow<PartyKinds> = {
  ...COMMON,
  name: "party join",
  summary: "watch what somebody or a room watches together",
  details: "You see what the host sees. q leaves, for you alone.",
  examples: [{ line: "party join '#ops'", summary: "comes to where the others are" }],
  arguments: [WITH],
  slash: { examples: [{ line: "party join", summary: "what the open conversation watches" }] },
  async *run(context, values, { signal }) {
    const { peer, shown } = await partnersOf(context, values);
    const party = await new Parties(context.client).join(peer);
    yield result("party-joined", { video: party.video, shown }).reports;
    if (party.stream !== undefined) return await see(context, values, { party, signal });
    return await play(context, values, party);
  },
};

/** Throws Refusal, UsageError. */
async function partnersOf(
  { client, conversation }: PersonContext,
  values: CommandValues,
): Promise<Recipient> {
  const named = values.maybe("WITH");
  if (named !== undefined) return await findRecipient(client, named.replace(/^@/, ""));
  if (conversation !== undefined) return conversation;
  throw new UsageError("no-conversation", "Say with whom. Example: party cockatoo #ops");
}

/** As the library lists it: a number means another video tomorrow. Undefined for what it does not have. */
async function nameOf({ client }: PersonContext, video: string): Promise<string | undefined> {
  const listed = await listVideos(client.link);
  const found = /^\d+$/.test(video)
    ? listed[Number(video) - 1]
    : listed.find(({ name }) => name === video || name.replace(/\.[^.]+$/, "") === video);
  return found?.name;
}

function unknownVideo(video: string): Refusal {
  return new Refusal(
    "unknown-video",
    `No video "${video}" on this server, and no such file here: the command videos lists those of the server`,
  );
}

/** A file of the person's own, to its end or until they leave: nobody else has it, so the party is over then. */
async function host(
  context: PersonContext,
  hosted: HostedFile,
  { shown, signal }: { readonly shown: string; readonly signal: AbortSignal },
): Promise<CommandResult<PartyKinds>> {
  try {
    const { sent, isInterrupted } = await surfaceOf(context).host(hosted, signal);
    requireWatched(sent, shown);
    const exit = isInterrupted ? EXIT.interrupted : EXIT.done;
    return { ...result("party-hosted", sent), exit };
  } finally {
    await hosted.party.end();
  }
}

/** What the host shows of a file of their own. */
async function see(
  context: PersonContext,
  values: CommandValues,
  { party, signal }: { readonly party: WatchParty; readonly signal: AbortSignal },
): Promise<CommandResult<PartyKinds>> {
  const streams = context.streams();
  try {
    const seen = await surfaceOf(context).watch(streams, await streamOfParty(streams, party), {
      ...{ folder: values.maybe("--save"), mode: "never", party, signal },
    });
    if (seen.error !== undefined && !seen.interrupted) {
      throw new TransportError(
        "offline",
        `The watch party is over: ${seen.error.message}, and nobody else has the video`,
        { cause: seen.error },
      );
    }
    const exit = seen.interrupted ? EXIT.interrupted : EXIT.done;
    return { ...result("party-seen", seen), exit };
  } finally {
    await party.leave();
  }
}

/** To its end, or until the person leaves: then somebody else hosts, if anybody watches. */
async function play(
  context: PersonContext,
  values: CommandValues,
  party: WatchParty,
): Promise<CommandResult<PartyKinds>> {
  // Checked against the choices.
  const mode = values.option("--mode") as VideoMode | undefined;
  const folder = values.maybe("--save");
  let isAtEnd = false;
  try {
    const played = await surfaceOf(context).play({
      ...{ video: party.video, mode, speed: 1, folder, party },
    });
    isAtEnd = played.watched.complete;
    const exit = played.watched.interrupted ? EXIT.interrupted : EXIT.done;
    const over = partyOver(party.view, played.watched);
    const reports = [
      ...(over === undefined ? [] : result("party-over", over).reports),
      ...result("party-watched", { ...played, folder }).reports,
    ];
    return { reports, exit };
  } finally {
    if (!isAtEnd || !await party.end()) await party.leave();
  }
}

/** `party`. */
export const PARTY: PersonCommands<PartyKinds> = { rows: [start, join], wording: WORDING };
