/** Slash commands about the server's videos: videos, watch. */

import { type VideoKinds, VIDEOS } from "../../app/commands/videos.ts";
import { type AroundRows, slashRowsOf } from "./person_rows.ts";
import type { SlashRow } from "./slash_row.ts";
import { STREAM_ROWS } from "./stream_rows.ts";
import { DIALOGUE_PICTURE_OPTIONS } from "../video/open_viewer.ts";
import { videoNamesOf } from "./video_names.ts";

/** What was listed can be completed. */
const keepNames: AroundRows<VideoKinds> = async ({ client }, { row }, run) => {
  const done = await run();
  if (row.name !== "videos") return done;
  const listed = done.reports.filter((report) => report.kind === "video");
  videoNamesOf(client).keep(listed.map(({ facts }) => facts.name));
  return done;
};

/** `/videos`, `/watch` and `/stream`. */
export const VIDEO_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(VIDEOS, keepNames).map((row) =>
    row.name === "watch"
      ? { ...row, options: [...row.options ?? [], ...DIALOGUE_PICTURE_OPTIONS] }
      : row
  ),
  ...STREAM_ROWS,
];
