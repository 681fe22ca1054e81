/** The library of a server that runs: `video list|add|prepare|remove`. */

import { formatBytes } from "../../base/byte_words.ts";
import { basename, extname } from "node:path";
import { MediaError, Refusal, UsageError } from "../../base/errors.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import { VIDEO_MODES } from "../../protocol/hop/video.ts";
import type { PlannedMode } from "../../media/library/rendition_plan.ts";
import type { Library } from "../../server/media/library.ts";
import { type AdminIo, resolvePath } from "../admin_io.ts";
import {
  type Gathered,
  listed,
  NONE,
  type NoneKinds,
  type OperatorCommands,
  type OperatorContext,
  serverOf,
} from "../operator_row.ts";
import { lengthWords } from "./figures.ts";

type ListedVideo = ReplyFields<"video.list">["videos"][number];

/** Every kind of report of these commands. */
interface VideoKinds extends NoneKinds {
  "video": ListedVideo;
  "video-added": { readonly name: string; readonly sizeBytes: number };
  "video-wanted": { readonly name: string; readonly mode: PlannedMode };
  "video-removed": { readonly name: string; readonly files: readonly string[] };
}

function libraryOf(context: OperatorContext): Library {
  return serverOf(context).operator.parts.library;
}

async function showVideos(context: OperatorContext): Promise<CommandResult<VideoKinds>> {
  const library = libraryOf(context);
  const videos: ListedVideo[] = [];
  for (;;) {
    const page = await library.list(videos.length);
    videos.push(...page.videos);
    if (!page.more || page.videos.length === 0) break;
  }
  return listed("video", videos, "No videos");
}

/** The file is named as the person sees it, whose folder is not the server's. */
function resolveFile(io: AdminIo, values: CommandValues): Promise<Gathered> {
  return Promise.resolve({ given: { path: resolvePath(io, values.required("FILE")) } });
}

async function addVideo(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<VideoKinds>> {
  const { path = values.required("FILE") } = context.gathered;
  const name = values.option("--as") ?? basename(path, extname(path));
  const collection = values.option("--collection");
  const wanted = collection === undefined ? name : `${collection}/${name}`;
  return result("video-added", await libraryOf(context).add(path, wanted));
}

async function prepareVideo(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<VideoKinds>> {
  const library = libraryOf(context);
  // Checked against the choices.
  const mode = (values.argument("MODE") ?? "thirds") as PlannedMode;
  const video = await library.find(values.required("NAME"));
  if (!library.canExtract) {
    throw new MediaError("ffmpeg-missing", "This server cannot prepare videos: it has no ffmpeg");
  }
  library.preparation.want(video, mode);
  return result("video-wanted", { name: video.name, mode });
}

async function removeVideo(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<VideoKinds>> {
  const asked = values.required("NAME");
  const library = libraryOf(context);
  const video = await library.find(asked);
  // The first words of a name are enough to watch it, and not to delete it.
  if (video.name !== asked && `${video.name}${video.extension}` !== asked) {
    throw new UsageError("bad-name", `Say the whole name to remove it: ${video.name}`);
  }
  const files: string[] = [];
  for (const file of [video.plain, ...Object.values(video.ready)]) {
    if (file === undefined) continue;
    try {
      await Deno.remove(file.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw new Refusal("not-removed", `Cannot remove ${file.path}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    files.push(file.path);
    await library.forget(file);
  }
  return result("video-removed", { name: video.name, files });
}

function reasonOf(error: unknown): string {
  return error instanceof Deno.errors.PermissionDenied
    ? "the server may not write there"
    : "the disk refuses it";
}

const NAME: ArgumentSpec = { name: "NAME", summary: "of the list, or its number", required: true };
const MODE: ArgumentSpec = {
  name: "MODE",
  summary: "how it is going to be watched (default: thirds)",
  required: false,
  choices: VIDEO_MODES.filter((mode) => mode !== "adaptive"),
};

const COMMON = { group: "Videos", needs: ["running"] } as const;

/** `video list|add|prepare|remove`. */
export const VIDEO_COMMANDS: OperatorCommands<VideoKinds> = {
  rows: [
    {
      ...COMMON,
      name: "video list",
      aliases: ["videos"],
      summary: "list the videos that everyone may watch",
      details:
        "With what is ready, how far the others are, and why some cannot be watched. A folder in the folder of videos is a " +
        "collection: its videos are called FOLDER/NAME.",
      examples: [{ line: "video list", summary: "with the reason for those that cannot play" }],
      run: showVideos,
    },
    {
      ...COMMON,
      name: "video add",
      summary: "copy a file into the folder of videos",
      details:
        "Refused, with the reason, when it cannot be watched. Nothing that is there is overwritten. A file that you put there " +
        "yourself is found as well.",
      arguments: [{ name: "FILE", summary: "the video", required: true, takes: "file" }],
      options: [
        { flag: "--as", valueName: "NAME", summary: "call it so, else as the file" },
        { flag: "--collection", valueName: "FOLDER", summary: "put it into this collection" },
      ],
      examples: [
        { line: "video add lesson-3.mp4 --collection physics", summary: "physics/lesson-3" },
      ],
      exitCodes: [4, 6, 11],
      gather: resolveFile,
      run: addVideo,
    },
    {
      ...COMMON,
      name: "video prepare",
      summary: "extract a video's pictures before anybody watches it",
      details:
        "In the background, one video after the other; 'video list' says how far it is. What was watched longest ago goes when " +
        "frame-quota is full.",
      arguments: [NAME, MODE],
      examples: [
        { line: "video prepare lesson-3", summary: "as the mode thirds shows it" },
        { line: "video prepare lesson-3 fixed:720p", summary: "one rendition" },
      ],
      exitCodes: [4, 11],
      run: prepareVideo,
    },
    {
      ...COMMON,
      name: "video remove",
      summary: "delete a video's files",
      details:
        "Who watches it sees what is ready of it to the end. Then its pictures are deleted too.",
      arguments: [{ ...NAME, summary: "its whole name" }],
      examples: [{ line: "video remove lesson-3", summary: "and its renditions" }],
      confirms: "Delete the files of this video?",
      exitCodes: [4, 6],
      run: removeVideo,
    },
  ],
  wording: {
    ...NONE,
    "video": {
      headings: ["NUMBER", "NAME", "LENGTH", "PICTURE", "SIZE", "READY"],
      line: (video) => [
        `${video.number}`,
        video.name,
        video.durationMs === undefined ? "-" : lengthWords(video.durationMs),
        video.widthPx === undefined ? "-" : `${video.widthPx}x${video.heightPx}`,
        formatBytes(video.sizeBytes),
        stateWords(video),
      ],
    },
    "video-added": {
      line: ({ name, sizeBytes }) => `Added ${name}, ${formatBytes(sizeBytes)}`,
    },
    "video-wanted": {
      line: ({ name, mode }) => `${name} is prepared for ${mode}: video list says how far it is`,
    },
    "video-removed": {
      line: ({ name, files }) => [`Removed ${name}:`, ...files.map((path) => `  ${path}`)],
    },
  },
};

function stateWords({ problem, preparing, cutShort, ready, readyModes = [] }: ListedVideo): string {
  if (problem !== undefined) return problem;
  const made = [...readyModes, ...ready].join(", ") || "made when it is watched";
  const state = preparing === undefined ? made : `${preparing} % prepared`;
  return cutShort === true ? `${state}; its file is cut short` : state;
}
