/** Commands about the server's videos, and the words for what they report. */

import { UsageError } from "../../base/errors.ts";
import { addedAs, addVideo } from "../../client/video/adding.ts";
import { result } from "../../commands/command_row.ts";
import { formatBytes } from "../../base/byte_words.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import { framesOf } from "../stream_lines.ts";
import { type Lasting, type PersonCommands, type PersonRow, surfaceOf } from "../person_row.ts";
import {
  clockWords,
  type ListedVideo,
  listVideos,
  videoLine,
  withCollections,
} from "../video_list.ts";
import { isLanguageCode, SOUND_CHOICES, type SoundChoice } from "../video_settings.ts";
import type {
  Played,
  SavedFrames,
  VideoRequest,
  ViewerStatistics,
  Watched,
} from "../video_surface.ts";

/** Every kind of report of these commands. */
export interface VideoKinds {
  "video": ListedVideo;
  "no-videos": Record<never, never>;
  "video-added": { readonly name: string; readonly sizeBytes: number };
  "watched": Omit<Played, "before"> & Pick<VideoRequest, "folder"> & {
    /** One of several: its name is said. */
    readonly isOfList?: boolean;
  };
}

const WORDING: Wording<VideoKinds> = {
  "video": { isList: true, line: videoLine },
  "no-videos": { isNote: true, line: () => "this server has no videos" },
  "video-added": {
    line: ({ name, sizeBytes }) => `Added ${name}, ${formatBytes(sizeBytes)}`,
  },
  "watched": {
    fields: ({ watched, mode, statistics, saved }) => ({
      ...watched,
      mode,
      ...statistics,
      ...saved,
    }),
    line({ watched, statistics, saved, folder, isOfList = false }, { isDialogue }) {
      const kept = saved === undefined ? [] : [savedLine(saved, watched, folder)];
      if (isDialogue) return [endLine(watched), ...kept].join("; ");
      const counts = watchedLine(watched, statistics);
      return [isOfList ? `${watched.name}: ${counts}` : counts, ...kept];
    },
  },
};

/** What became of a video, between texts of a conversation: how its frames fared was below the picture. */
function endLine({ name, complete, durationMs, problem }: Watched): string {
  const end = complete ? `${name} ended (${clockWords(durationMs)})` : `${name} stopped`;
  return problem === undefined ? end : `${end}: ${problem}`;
}

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

/** Ranges that are named; there is room for more in `--json`. */
const NAMED_RANGES = 5;

/** What was saved, and how to save what was not. */
export function savedLine(
  { saved, missing = [] }: Pick<SavedFrames, "saved" | "missing">,
  { total }: Pick<Watched, "total">,
  folder: string | undefined,
): string {
  const line = `saved ${framesOf(saved)} in ${folder}`;
  if (saved >= total) return line;
  const named = missing.slice(0, NAMED_RANGES).map(({ from, to }) =>
    from === to ? `${from}` : `${from}-${to}`
  );
  const more = missing.length > NAMED_RANGES ? " and others" : "";
  const which = named.length === 0 ? "" : `, not ${named.join(", ")}${more}`;
  return `${line}, of ${total}${which}: --speed max saves all`;
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

/** A moment of a video in ms, from what a person wrote. Throws UsageError. */
export function parseStart(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)$/.exec(text);
  if (parts === null) {
    throw new UsageError("bad-start", `This is no time: ${text}. Try 90, 1:30 or 1:02:03`);
  }
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000);
}

/** In a dialogue the last word may be the mode. */
function namesAndMode(values: CommandValues): {
  readonly names: readonly string[];
  readonly mode: VideoMode | undefined;
} {
  const words = values.words("NAME");
  const last = VIDEO_MODES.find((mode) => mode === words.at(-1));
  // Checked against the choices.
  const mode = values.option("--mode") as VideoMode | undefined;
  return last !== undefined && words.length > 1
    ? { names: words.slice(0, -1), mode: mode ?? last }
    : { names: words, mode };
}

/** Of what is watched. */
export const SOUND_OPTION: OptionSpec = {
  flag: "--sound",
  valueName: "WHEN",
  choices: SOUND_CHOICES,
  summary: "whether it is heard (default: auto)",
};
const SUBTITLES_OPTION: OptionSpec = {
  flag: "--subtitles",
  valueName: "LANG",
  summary: "show subtitles in this language, e.g. de",
};

/** A language, from what a person wrote. Throws UsageError. */
function parseLanguage(text: string | undefined): string | undefined {
  if (text === undefined || isLanguageCode(text)) return text;
  throw new UsageError("bad-language", `This is no language: ${text}. Try de, eng or pt-br`);
}

const videos: PersonRow<VideoKinds> = {
  name: "videos",
  group: "Videos",
  summary: "list the server's videos",
  examples: [{ line: "videos", summary: "number, name, length, size, ready renditions" }],
  exitCodes: [3, 5, 7],
  needs: ["server", "connection"],
  slash: { aliases: ["avvid", "ls videos"] },
  page: (_values, reports) =>
    reports.some(({ kind }) => kind === "video") ? { kind: "videos" } : undefined,
  async run({ client }) {
    const listed = await listVideos(client.link);
    if (listed.length === 0) return result("no-videos", {});
    return { reports: listed.map((facts) => ({ kind: "video", facts }) as const) };
  },
};

const NAMES: ArgumentSpec = {
  name: "NAME",
  takes: "video",
  summary: "names or numbers of the list, or a collection with its /, one after the other",
  required: true,
  rest: "words",
};
const START_OPTION: OptionSpec = {
  flag: "--start",
  valueName: "TIME",
  summary: "begin there: 90, 1:30 or 1:02:03; 0 is the beginning",
};
const MODE: OptionSpec = {
  flag: "--mode",
  valueName: "MODE",
  choices: VIDEO_MODES,
  summary: "the rendition of each frame (default: thirds)",
};

const MODES_AND_KEYS =
  'The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. keyframes shows only the pictures that the file holds whole, in 720p: for a slow line. adaptive begins with the smallest picture at once, and shows what line and terminal can take; mode = "adaptive" in the table [video] of config.toml makes it the usual one. While it plays: space pauses, left and right seek by 5 s, down and up by a minute, 0 to 9 to that tenth of it, [ and ] change the speed, backspace resets it, a is adaptive and back, M the next mode, n the next video of several, p the one before, L plays this one, or all, again and again, m mutes, + and - change the volume, # takes the next track of sound, s the next subtitles; q leaves. It is heard where it is drawn on a terminal of this machine, by PulseAudio or PipeWire, mpv, ffplay or ffmpeg, at speed 1; the line below the picture says why it is not. A video that was left goes on from there the next time, unless --start says where.';

const WATCH_OPTIONS = [
  ...[MODE, SOUND_OPTION, SUBTITLES_OPTION, MAX_RATE_OPTION, SPEED_OPTION, START_OPTION],
];

const watch: PersonRow<VideoKinds> = {
  name: "watch",
  group: "Videos",
  summary: "watch a video of the server in the terminal",
  details:
    `--save keeps the frames that arrive: at normal speed it skips late ones; --speed max or --render none saves all. ${MODES_AND_KEYS} Ctrl-C leaves too, with exit code 130. If the connection is lost, it reconnects for a minute and continues at the same moment; otherwise it exits with 5.`,
  arguments: [NAMES],
  options: WATCH_OPTIONS,
  examples: [
    { line: "watch cockatoo", summary: "until its end or q" },
    { line: "watch 2 --mode fixed:720p --render sixel", summary: "one rendition, as sixels" },
    { line: "watch cockatoo launch", summary: "one after the other" },
    { line: "watch cockatoo --mode adaptive", summary: "as large as line and terminal take" },
    { line: "watch cockatoo --render none --save out --speed max", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 7, 9, 11],
  needs: ["server", "connection", "video"],
  slash: {
    aliases: ["play"],
    summary: "watch a video of the server",
    details: `${MODES_AND_KEYS} New messages appear afterwards.`,
    arguments: [{ ...NAMES, summary: `${NAMES.summary}; the last word may be the mode` }],
    options: WATCH_OPTIONS,
    examples: [
      { line: "watch cockatoo", summary: "until its end or q" },
      { line: "watch 2 fixed:720p", summary: "one rendition" },
      { line: "watch cockatoo launch", summary: "one after the other" },
      {
        line: "watch cockatoo --save out",
        summary: "works where nothing can be drawn: only the frames",
      },
    ],
  },
  async run(context, values) {
    const { names, mode } = namesAndMode(values);
    const [video, ...then] = await withCollections(context.client.link, names);
    const folder = values.maybe("--save");
    if (folder !== undefined && then.length > 0) {
      throw new UsageError("one-at-a-time", "--save keeps the pictures of one video at a time");
    }
    const { before, ...played } = await surfaceOf(context).play({
      ...{ video, then, mode, folder },
      startMs: parseStart(values.option("--start")),
      maxRate: parseMaxRate(values.option("--max-rate")),
      speed: parseSpeed(values.option("--speed")),
      // Checked against the choices.
      sound: values.option("--sound") as SoundChoice | undefined,
      subtitles: parseLanguage(values.option("--subtitles")),
    });
    const isOfList = then.length > 0;
    const all = [
      ...before.map((seen) => ({ ...seen, mode: played.mode, saved: undefined })),
      played,
    ];
    const reports = all.map((facts) =>
      ({ kind: "watched", facts: { ...facts, folder, isOfList } }) as const
    );
    return { reports, exit: played.watched.interrupted ? EXIT.interrupted : EXIT.done };
  },
};

const AS_OPTION: OptionSpec = {
  flag: "--as",
  valueName: "NAME",
  summary: "its name there (default: that of the file)",
};
const COLLECTION_OPTION: OptionSpec = {
  flag: "--collection",
  valueName: "NAME",
  summary: "a folder of the library for it",
};

/** What is stored of it stays there. */
const LOST_ADDING: Lasting = {
  lost: (_client, reason) => `Connection lost: ${reason}. Will resume`,
  isAtOnce: true,
};

const add: PersonRow<VideoKinds> = {
  name: "video add",
  group: "Videos",
  summary: "add a file of yours to the server's videos",
  details:
    "Needs the moderator role. Whoever may watch the server's videos can watch it: it is not end-to-end encrypted, and the operator can read it. A party with a file of your own keeps it to those who are in the conversation. Only the operator removes a video. What breaks off goes on when the connection is back, or when you give the same command again within a day.",
  arguments: [{ name: "FILE", summary: "a video", required: true }],
  options: [AS_OPTION, COLLECTION_OPTION],
  examples: [{ line: "video add lesson-3.mp4 --collection physics", summary: "physics/lesson-3" }],
  exitCodes: [3, 4, 5, 6, 7, 9, 11],
  needs: ["server", "connection"],
  lasting: () => LOST_ADDING,
  async run({ client, resolve }, values, { signal }) {
    const [name, collection] = [values.option("--as"), values.option("--collection")];
    const what = addedAs(resolve(values.required("FILE")), { name, collection });
    return result("video-added", await addVideo(client, what, signal));
  },
};

/** `videos`, `watch` and `video add`. */
export const VIDEOS: PersonCommands<VideoKinds> = { rows: [videos, watch, add], wording: WORDING };
