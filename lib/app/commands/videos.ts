/** Commands about the server's videos, and the words for what they report. */

import { UsageError } from "../../base/errors.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import { framesOf } from "../frame_words.ts";
import { type PersonCommands, type PersonRow, surfaceOf } from "../person_row.ts";
import { type ListedVideo, listVideos, videoLine } from "../video_list.ts";
import type { Played, VideoRequest, ViewerStatistics, Watched } from "../video_surface.ts";

/** Every kind of report of these commands. */
export interface VideoKinds {
  "video": ListedVideo;
  "no-videos": Record<never, never>;
  "watched": Played & Pick<VideoRequest, "mode" | "folder">;
}

const WORDING: Wording<VideoKinds> = {
  "video": { isList: true, line: videoLine },
  "no-videos": { isNote: true, line: () => "this server has no videos" },
  "watched": {
    fields: ({ watched, mode, statistics, saved }) => ({
      ...watched,
      mode,
      ...statistics,
      ...saved,
    }),
    line({ watched, statistics, saved, folder }, { isDialogue }) {
      const line = watchedLine(watched, statistics);
      if (saved === undefined) return line;
      const kept = savedLine(saved, watched, folder);
      return isDialogue ? `${line}; ${kept}` : [line, kept];
    },
  },
};

/**
 * What became of a video, in a line: the frames that were drawn, and those that were not, whoever left them out. `drawn` is
 * what the viewer counted by the time it was closed; a picture that moved on the screen was drawn twice.
 */
export function watchedLine(watched: Watched, drawn: ViewerStatistics): string {
  const end = watched.complete ? "Stream ended (EOF)" : "Stream left";
  const seconds = (watched.durationMs / 1000).toFixed(1);
  const dropped = watched.droppedByServer + watched.droppedHere + drawn.dropped + drawn.refused;
  const shown = Math.min(drawn.drawn, watched.total);
  const problem = watched.problem === undefined ? "" : `; ${watched.problem}`;
  const frames = `${framesOf(shown)} of ${watched.total}`;
  return `${end}: ${frames}, ${seconds} s, ${dropped} dropped${problem}`;
}

/** What was saved, and how to save what was not. */
export function savedLine(
  { saved }: { readonly saved: number },
  { total }: Pick<Watched, "total">,
  folder: string | undefined,
): string {
  const line = `${framesOf(saved)} saved in ${folder}`;
  return saved < total ? `${line}, of ${total}: all with --speed max` : line;
}

/** What `parseSpeed` reads. */
const SPEED_OPTION: OptionSpec = {
  flag: "--speed",
  valueName: "N",
  summary: "1 is the video's own pace; max shows every frame",
};

/** How fast, from what a person wrote; 0 means as fast as possible. Throws UsageError. */
function parseSpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === "max") return 0;
  const speed = Number(text);
  if (speed >= 0.1 && speed <= 16) return speed;
  throw new UsageError("bad-speed", `This is no speed: ${text}. Try 2, 0.5 or max`);
}

const videos: PersonRow<VideoKinds> = {
  name: "videos",
  group: "Videos",
  summary: "list the server's videos",
  examples: [{ line: "videos", summary: "number, name, length, size, ready renditions" }],
  exitCodes: [3, 5, 7],
  needs: ["server", "connection"],
  slash: { aliases: ["avvid", "ls videos"] },
  async run({ client }) {
    const listed = await listVideos(client.link);
    if (listed.length === 0) return result("no-videos", {});
    return { reports: listed.map((facts) => ({ kind: "video", facts }) as const) };
  },
};

const NAME: ArgumentSpec = {
  name: "NAME",
  takes: "video",
  summary: "a name or number of the list",
  required: true,
};
const MODE: OptionSpec = {
  flag: "--mode",
  valueName: "MODE",
  choices: VIDEO_MODES,
  summary: "which rendition each frame comes from (default: thirds)",
};

const watch: PersonRow<VideoKinds> = {
  name: "watch",
  group: "Videos",
  summary: "watch a video of the server in the terminal",
  details:
    "--save keeps what arrives: at the video's own pace, late frames are left out; with --speed max, or --render none, all are saved. The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. keyframes shows only the pictures that the file holds whole, in 720p: for a slow line. While it plays: space pauses, the arrows seek, [ and ] change the speed, q leaves. Ctrl-C leaves too, and ends with 130. A connection that is lost is looked for again for a minute, and the video goes on from the same moment; without one it ends with 5.",
  arguments: [NAME],
  options: [MODE, SPEED_OPTION],
  examples: [
    { line: "watch cockatoo", summary: "until its end or q" },
    { line: "watch 2 --mode fixed:720p --render sixel", summary: "one rendition, as sixels" },
    { line: "watch cockatoo --render none --save out --speed max", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 7, 9, 11],
  needs: ["server", "connection", "video"],
  slash: {
    aliases: ["play"],
    summary: "watch a video of the server",
    details:
      "The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. keyframes shows only the pictures that the file holds whole, in 720p: for a slow line. While it plays: space pauses, the arrows seek, [ and ] change the speed, q leaves. What is said meanwhile is shown afterwards.",
    arguments: [NAME, {
      name: "MODE",
      summary: "which rendition each frame comes from (default: thirds)",
      required: false,
      choices: VIDEO_MODES,
    }],
    options: [{ ...MODE, summary: "the same as MODE" }, SPEED_OPTION],
    examples: [
      { line: "watch cockatoo", summary: "until its end or q" },
      { line: "watch 2 fixed:720p", summary: "one rendition" },
      {
        line: "watch cockatoo --save out",
        summary: "where nothing can be drawn: only the frames",
      },
    ],
  },
  async run(context, values) {
    // Checked against the choices.
    const mode = (values.option("--mode") ?? values.maybe("MODE") ?? "thirds") as VideoMode;
    const folder = values.maybe("--save");
    const speed = parseSpeed(values.option("--speed"));
    const video = values.required("NAME");
    const played = await surfaceOf(context).play({ video, mode, speed, folder });
    const exit = played.watched.interrupted ? EXIT.interrupted : EXIT.done;
    return { ...result("watched", { ...played, mode, folder }), exit };
  },
};

/** `videos` and `watch`. */
export const VIDEOS: PersonCommands<VideoKinds> = { rows: [videos, watch], wording: WORDING };
