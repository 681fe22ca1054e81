/** Commands about the server's videos, and the words for what they report. */

import { UsageError } from "../../base/errors.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import { framesOf } from "../stream_lines.ts";
import { type PersonCommands, type PersonRow, surfaceOf } from "../person_row.ts";
import { type ListedVideo, listVideos, videoLine } from "../video_list.ts";
import type { Played, VideoRequest, ViewerStatistics, Watched } from "../video_surface.ts";

/** Every kind of report of these commands. */
export interface VideoKinds {
  "video": ListedVideo;
  "no-videos": Record<never, never>;
  "watched": Played & Pick<VideoRequest, "folder">;
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
  const end = watched.complete ? "Video ended" : "Video left";
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
  const line = `saved ${framesOf(saved)} in ${folder}`;
  return saved < total ? `${line}, of ${total}: --speed max saves all` : line;
}

/** What `parseSpeed` reads. */
const SPEED_OPTION: OptionSpec = {
  flag: "--speed",
  valueName: "N",
  summary: "1 is the video's own speed; max shows every frame",
};

/** How fast, from what a person wrote; 0 means as fast as possible. Throws UsageError. */
function parseSpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === "max") return 0;
  const speed = Number(text);
  if (speed >= 0.1 && speed <= 16) return speed;
  throw new UsageError("bad-speed", `This is no speed: ${text}. Try 2, 0.5 or max`);
}

/** What `parseMaxRate` reads. */
const MAX_RATE_OPTION: OptionSpec = {
  flag: "--max-rate",
  valueName: "BITS",
  summary: "most bits per second, e.g. 500k or 2m, in the mode adaptive",
};
const RATE_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6 };

/** Bytes a second, from what a person wrote. Throws UsageError. */
function parseMaxRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = text.match(/^(\d{1,9}(?:\.\d{1,3})?)([km])?$/i) ?? [];
  const bits = Number(number) * RATE_UNITS[unit.toLowerCase()];
  if (bits >= 8_000 && bits <= 1e9) return Math.floor(bits / 8);
  throw new UsageError("bad-rate", `This is no rate: ${text}. Try 500k or 2m, of 8k to 1000m`);
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
  summary: "a name or number from the list",
  required: true,
};
const MODE: OptionSpec = {
  flag: "--mode",
  valueName: "MODE",
  choices: VIDEO_MODES,
  summary: "the rendition of each frame (default: thirds)",
};

const MODES_AND_KEYS =
  'The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. keyframes shows only the key frames, in 720p: for a slow line. adaptive starts at once with the smallest picture and adapts to line and terminal; mode = "adaptive" in the table [video] of config.toml makes it the default. Keys while it plays: space pauses, left and right seek by 5 s, down and up by a minute, 0 to 9 to that tenth, [ and ] change the speed, backspace resets it, a turns adaptive on and off, m is the next mode, q leaves.';

const watch: PersonRow<VideoKinds> = {
  name: "watch",
  group: "Videos",
  summary: "watch a video of the server in the terminal",
  details:
    `--save keeps the frames that arrive: at normal speed it skips late ones; --speed max or --render none saves all. ${MODES_AND_KEYS} Ctrl-C leaves too, with exit code 130. If the connection is lost, it reconnects for a minute and continues at the same moment; otherwise it exits with 5.`,
  arguments: [NAME],
  options: [MODE, MAX_RATE_OPTION, SPEED_OPTION],
  examples: [
    { line: "watch cockatoo", summary: "until its end or q" },
    { line: "watch 2 --mode fixed:720p --render sixel", summary: "one rendition, as sixels" },
    { line: "watch cockatoo --mode adaptive", summary: "as large as line and terminal take" },
    { line: "watch cockatoo --render none --save out --speed max", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 7, 9, 11],
  needs: ["server", "connection", "video"],
  slash: {
    aliases: ["play"],
    summary: "watch a video of the server",
    details: `${MODES_AND_KEYS} New messages appear afterwards.`,
    arguments: [NAME, {
      name: "MODE",
      summary: "the rendition of each frame (default: thirds)",
      required: false,
      choices: VIDEO_MODES,
    }],
    options: [{ ...MODE, summary: "the same as MODE" }, MAX_RATE_OPTION, SPEED_OPTION],
    examples: [
      { line: "watch cockatoo", summary: "until its end or q" },
      { line: "watch 2 fixed:720p", summary: "one rendition" },
      {
        line: "watch cockatoo --save out",
        summary: "works where nothing can be drawn: only the frames",
      },
    ],
  },
  async run(context, values) {
    // Checked against the choices.
    const mode = (values.option("--mode") ?? values.maybe("MODE")) as VideoMode | undefined;
    const maxRate = parseMaxRate(values.option("--max-rate"));
    const folder = values.maybe("--save");
    const speed = parseSpeed(values.option("--speed"));
    const video = values.required("NAME");
    const played = await surfaceOf(context).play({ video, mode, maxRate, speed, folder });
    const exit = played.watched.interrupted ? EXIT.interrupted : EXIT.done;
    return { ...result("watched", { ...played, folder }), exit };
  },
};

/** `videos` and `watch`. */
export const VIDEOS: PersonCommands<VideoKinds> = { rows: [videos, watch], wording: WORDING };
