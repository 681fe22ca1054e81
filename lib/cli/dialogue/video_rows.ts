/** Slash commands about the server's videos and live streams: videos, watch, stream. `/y` and `/n` answer streams (answer_rows). */

import { type VideoKinds, VIDEOS } from "../../app/commands/videos.ts";
import { type AroundRows, slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { DIALOGUE_PICTURE_OPTIONS } from "../video/open_viewer.ts";
import { videoNamesOf } from "./video_names.ts";
import { PARTY } from "../../app/commands/party.ts";
import { STREAMING } from "../../app/commands/streams.ts";
import { UsageError } from "../../base/errors.ts";
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

/** What was listed can be completed. */
const keepNames: AroundRows<VideoKinds> = async ({ client }, { row }, run) => {
  const done = await run();
  if (row.name !== "videos") return done;
  const listed = done.reports.filter((report) => report.kind === "video");
  videoNamesOf(client).keep(listed.map(({ facts }) => facts.name));
  return done;
};

/** `/videos`, `/watch`, `/party` and `/stream`. */
export const VIDEO_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(VIDEOS, keepNames).map((row) =>
    row.name === "watch"
      ? { ...row, options: [...row.options ?? [], ...DIALOGUE_PICTURE_OPTIONS] }
      : row
  ),
  ...slashRowsOf(PARTY).map((row) => ({
    ...row,
    options: [...row.options ?? [], ...DIALOGUE_PICTURE_OPTIONS],
  })),
  ...STREAM_ROWS,
];
