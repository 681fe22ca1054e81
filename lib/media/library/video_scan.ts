/** Reads the video folder: which videos there are and which files each is made of. */

import { extname, join, sep } from "node:path";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type RenditionName, RENDITIONS } from "../../protocol/hop/video.ts";
import { VIDEOS_MAX } from "../picture/media_limits.ts";
import type { VideoFile, VideoSources } from "./renditions.ts";
import { cleanVideoName, parseVideoName } from "./video_name.ts";

const log = logger("media", "scan");

/** A video of the library. */
export interface ScannedVideo extends VideoSources {
  /** Shown and asked for; unlike that of any other video of the scan. */
  readonly name: string;
  /** Of the plain file, else of the tallest ready rendition; with the dot. */
  readonly extension: string;
  /** Of all its files. */
  readonly sizeBytes: number;
  /** Renditions with a file of their own. */
  readonly readyRenditions: readonly RenditionName[];
}

/** Names that are looked at: more are no library. */
const FILES_MAX = 4 * VIDEOS_MAX;

interface FoundFile {
  readonly stem: string;
  readonly extension: string;
  readonly rendition: RenditionName | undefined;
  readonly file: VideoFile;
}

/**
 * The videos in a folder and in the folders in it, each of which is a collection, in the order of their names. A video of a collection
 * is called `collection/name`. Only regular files whose real path lies in the folder count (SR-75): no
 * pipes, devices, or links to elsewhere. A folder that does not exist has no videos.
 */
export async function scanVideos(folder: string): Promise<readonly ScannedVideo[]> {
  const groups = new Map<string, FoundFile[]>();
  for (const found of await findFiles(folder)) {
    const group = groups.get(found.stem);
    if (group === undefined) groups.set(found.stem, [found]);
    else group.push(found);
  }
  const videos = [...groups.values()].flatMap(toVideos);
  videos.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  if (videos.length > VIDEOS_MAX) log.warn("too many videos", { count: videos.length });
  return withUniqueNames(videos.slice(0, VIDEOS_MAX));
}

/**
 * The files of one stem: one video for the first plain file and all ready renditions, one for each further plain file. An empty
 * file is no rendition of a video, but is listed where there is nothing else: whoever looks for it learns why it cannot be watched.
 */
function toVideos(found: readonly FoundFile[]): ScannedVideo[] {
  const filled = found.filter(({ file }) => file.sizeBytes > 0);
  const group = filled.length > 0 ? filled : found;
  const plain = group.filter(({ rendition }) => rendition === undefined);
  const ready: Partial<Record<RenditionName, VideoFile>> = {};
  let extension = plain[0]?.extension;
  for (const rendition of [...RENDITIONS].reverse()) {
    const found = group.find((entry) => entry.rendition === rendition);
    if (found === undefined) continue;
    ready[rendition] = found.file;
    extension ??= found.extension;
  }
  const readyRenditions = RENDITIONS.filter((rendition) => ready[rendition] !== undefined);
  const files = [plain[0]?.file, ...readyRenditions.map((rendition) => ready[rendition])];
  const sizeBytes = files.reduce((sum, file) => sum + (file?.sizeBytes ?? 0), 0);
  const name = cleanVideoName(group[0].stem);
  const main = {
    name,
    extension: extension ?? "",
    plain: plain[0]?.file,
    ready,
    readyRenditions,
    sizeBytes,
  };
  const others = plain.slice(1).map((entry) => ({
    name: cleanVideoName(entry.stem + entry.extension),
    extension: entry.extension,
    plain: entry.file,
    ready: {},
    readyRenditions: [],
    sizeBytes: entry.file.sizeBytes,
  }));
  return [main, ...others];
}

/** Files whose clean names are the same get a number. */
function withUniqueNames(videos: readonly ScannedVideo[]): readonly ScannedVideo[] {
  const taken = new Set<string>();
  return videos.map((video) => {
    let name = video.name;
    for (let number = 2; taken.has(name); number++) name = `${video.name} (${number})`;
    taken.add(name);
    return name === video.name ? video : { ...video, name };
  });
}

async function findFiles(folder: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  try {
    const root = await Deno.realPath(folder);
    const collections: string[] = [];
    const names: string[] = [];
    for await (const entry of Deno.readDir(root)) {
      if (entry.isDirectory && !entry.name.startsWith(".")) collections.push(entry.name);
      else if (!entry.isDirectory && names.push(entry.name) >= FILES_MAX) break;
    }
    for (const collection of collections) {
      if (names.length >= FILES_MAX) break;
      names.push(...await namesInCollection(root, collection, FILES_MAX - names.length));
    }
    for (const name of names.sort()) {
      const at = name.lastIndexOf("/") + 1;
      const parsed = parseVideoName(name.slice(at));
      const file = parsed === undefined ? undefined : await regularFile(root, name);
      if (parsed === undefined || file === undefined) continue;
      found.push({ ...parsed, stem: name.slice(0, at) + parsed.stem, file });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

async function namesInCollection(
  root: string,
  collection: string,
  most: number,
): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(root, collection))) {
      if (names.length >= most) break;
      if (!isDirectory) names.push(`${collection}/${name}`);
    }
  } catch (error) {
    // One that has just gone, or that we may not read, as `lost+found`: the others are there all the same.
    log.debug("collection left out", { reason: describeError(error) });
  }
  return names;
}

/** A file whose real path lies in the folder, links followed; undefined for everything else. */
async function regularFile(root: string, name: string): Promise<VideoFile | undefined> {
  try {
    const path = await Deno.realPath(join(root, name));
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    const info = await Deno.stat(path);
    if (!info.isFile || extname(path) === "") return undefined;
    return { path, sizeBytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
  } catch (error) {
    // A dangling link, a file that has just gone, or one that we may not read.
    log.debug("file left out", { reason: describeError(error) });
    return undefined;
  }
}
