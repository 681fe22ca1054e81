/** The commands that watch a video of the server together with a conversation, and their words. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { Parties, type WatchParty } from "../../client/party/parties.ts";
import { type CommandResult, result, type RowArgument } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import {
  type PersonCommands,
  type PersonContext,
  type PersonRow,
  surfaceOf,
} from "../person_row.ts";
import { findRecipient, type Recipient } from "../recipient.ts";
import { LOST_STREAM } from "../stream_lines.ts";
import { listVideos } from "../video_list.ts";
import type { Played, VideoRequest } from "../video_surface.ts";
import { VIDEOS } from "./videos.ts";

/** Every kind of report of these commands. */
export interface PartyKinds {
  "party-started": { readonly video: string; readonly shown: string };
  "party-joined": { readonly video: string; readonly shown: string };
  "party-watched": Played & Pick<VideoRequest, "folder">;
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
  "party-watched": VIDEOS.wording.watched,
};

const VIDEO: ArgumentSpec = {
  name: "VIDEO",
  takes: "video",
  summary: "a name or number from the list",
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
  summary: "watch a video of the server together with somebody or a room",
  details:
    "Everybody sees the same picture at the same moment, each in a mode of their own, and can talk beside it. You are the host: your keys for pause, place and speed count for all. Whoever comes later sees where you are. When you leave, one of those who watch is the host.",
  arguments: [VIDEO, WITH],
  examples: [{ line: "party cockatoo '#ops'", summary: "the room is invited, and you begin" }],
  slash: {
    examples: [
      { line: "party cockatoo", summary: "with the open conversation" },
      { line: "party 2 #ops --mode adaptive", summary: "with a room, in a mode of your own" },
    ],
  },
  async *run(context, values) {
    const { peer, shown } = await partnersOf(context, values);
    const video = await nameOf(context, values.required("VIDEO"));
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
  async *run(context, values) {
    const { peer, shown } = await partnersOf(context, values);
    const party = await new Parties(context.client).join(peer);
    yield result("party-joined", { video: party.video, shown }).reports;
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

/** As the library lists it: a number means another video tomorrow. Throws Refusal `unknown-video`. */
async function nameOf({ client }: PersonContext, video: string): Promise<string> {
  const listed = await listVideos(client.link);
  const found = /^\d+$/.test(video)
    ? listed[Number(video) - 1]
    : listed.find(({ name }) => name === video || name.replace(/\.[^.]+$/, "") === video);
  if (found !== undefined) return found.name;
  throw new Refusal(
    "unknown-video",
    `No video "${video}" on this server: the command videos lists them, stream shows a file of your own`,
  );
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
    return { ...result("party-watched", { ...played, folder }), exit };
  } finally {
    if (!isAtEnd || !await party.end()) await party.leave();
  }
}

/** `party`. */
export const PARTY: PersonCommands<PartyKinds> = { rows: [start, join], wording: WORDING };
