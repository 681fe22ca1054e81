/** Slash commands about the server's videos and live streams: videos, watch, stream. `/y` and `/n` answer streams (answer_rows). */

import { parseStart, type VideoKinds, VIDEOS } from "../../app/commands/videos.ts";
import { type Around, type AroundRows, slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { control, playingIn, VIDEO_WORDS, wordsTask } from "../video/playing_words.ts";
import { DIALOGUE_PICTURE_OPTIONS } from "../video/open_viewer.ts";
import { videoNamesOf } from "./video_names.ts";
import { PARTY } from "../../app/commands/party.ts";
import { STREAMING } from "../../app/commands/streams.ts";
import { UsageError } from "../../base/errors.ts";
import type { CommandResult } from "../../commands/command_row.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { requireIdle, showTask, stopShowing } from "../streams/show_stream.ts";
import { openSource } from "../streams/stream_source.ts";
import { type Addressed, findNamedFile, readAddressed } from "./named_files.ts";

const [STREAM] = slashRowsOf(STREAMING, (_chat, { live }, run) => run(live?.signal)).map(whole);

const streamRow: SlashRow = {
  ...STREAM,
  async run(chat, { values, to, ...call }) {
    const given = values.words("WHAT");
    if (to === undefined && given.length === 1 && given[0] === "stop") return stopShowing(chat);
    requireIdle(chat, "/stream stop");
    const { partner, what } = await findShownTo(chat, given, to);
    if (what.length > 1) throw new UsageError("no-source", "Show one file at a time");
    if (partner.peer === chat.people.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    const [file] = what;
    const path = file && (await findNamedFile(chat, file) ?? file);
    const source = await openSource(values, path, (path) => chat.stage.resolve(path));
    const { options } = values.toJSON();
    const typed = {
      ...call,
      to: partner,
      values: CommandValues.from(STREAM, { arguments: {}, options }),
    };
    chat.beside(showTask(chat, source, {
      show: (live) => STREAM.run(chat, { ...typed, live }),
      stopped: () => chat.print("* Stream stopped: nobody watched it"),
    }));
  },
};

/** `/stream`. */
const STREAM_ROWS: readonly SlashRow[] = [streamRow];

/** A camera or a screen needs no more words than whom it is for, and none in an open conversation. */
async function findShownTo(
  chat: ChatContext,
  given: readonly string[],
  to: Addressed["partner"] | undefined,
): Promise<Addressed> {
  const open = to ?? chat.partner;
  if (given.length > 0) return await readAddressed(chat, given, to);
  if (open !== undefined) return { partner: open, what: [] };
  throw new UsageError("no-recipient", "Say to whom, and what: /stream @bob film.mp4");
}

/** Where nothing can be drawn, and somebody is there, a video is told in words beside the conversation. */
async function inWords<Kinds extends object>(
  chat: ChatContext,
  values: CommandValues,
  run: (signal?: AbortSignal) => Promise<CommandResult<Kinds>>,
): Promise<CommandResult<Kinds> | undefined> {
  const isTold = chat.stage.open === undefined && chat.isAttended && chat.voice === undefined;
  if (!isTold || values.maybe("--save") !== undefined) return await run();
  chat.beside(wordsTask(chat, run));
  return undefined;
}

const partyInWords: Around = (chat, { values }, run) => inWords(chat, values, run);

/** A film's own commands: a moment of it is a time from its beginning. */
const MOMENT = /^(?:(?:\d{1,3}:)?\d{1,3}:)?\d{1,6}$/;

const videoRow: SlashRow = {
  name: "video",
  group: "Videos",
  summary: "control the video that plays in words, or hear where it is",
  details: `Of a video that /watch or /party plays in words, where nothing can be drawn: ${
    VIDEO_WORDS.join(", ")
  }, or a time. Where it is drawn its keys do that.`,
  arguments: [{ name: "DO", summary: "what to do; says where it is without", required: false }],
  examples: [
    { line: "video", summary: "says where it is" },
    { line: "video pause", summary: "for all who watch, where you host" },
    { line: "video 1:30", summary: "goes to a minute and a half" },
  ],
  async run(chat, { values }) {
    const playing = playingIn(chat);
    if (playing === undefined) {
      const why = chat.stage.open === undefined
        ? "No video plays here: /watch NAME or /party NAME starts one"
        : "No video plays in words here: where it is drawn, its keys control it";
      throw new UsageError("no-video", why);
    }
    const word = values.maybe("DO")?.toLowerCase();
    if (word === undefined) return await chat.print(`* ${playing.viewer.where}`);
    if (MOMENT.test(word)) return playing.viewer.seek(parseStart(word) ?? 0);
    if (control(playing, word)) return;
    const known = `${VIDEO_WORDS.join(", ")}, or a time like 1:30`;
    throw new UsageError("no-action", `/video cannot ${word}. It takes: ${known}`);
  },
};

/** What was listed can be completed. */
const keepNames: AroundRows<VideoKinds> = async (chat, { row, values }, run) => {
  if (row.name !== "videos") return await inWords(chat, values, run);
  const { client } = chat;
  const done = await run();
  const listed = done.reports.filter((report) => report.kind === "video");
  videoNamesOf(client).keep(listed.map(({ facts }) => facts.name));
  return done;
};

/** `/videos`, `/watch`, `/party`, `/video` and `/stream`. */
export const VIDEO_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(VIDEOS, keepNames).map((row) =>
    row.name === "watch"
      ? { ...row, options: [...row.options ?? [], ...DIALOGUE_PICTURE_OPTIONS] }
      : row
  ),
  ...slashRowsOf(PARTY, partyInWords).map((row) => ({
    ...row,
    options: [...row.options ?? [], ...DIALOGUE_PICTURE_OPTIONS],
  })),
  videoRow,
  ...STREAM_ROWS,
];
