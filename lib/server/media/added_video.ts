/** A file that becomes a video of the library: its name there, and the copy. */

import { dirname, extname, join } from "node:path";
import { describeError, Refusal, UsageError } from "../../base/errors.ts";
import type { VideoFile } from "../../media/library/renditions.ts";
import { cleanVideoName, parseVideoName } from "../../media/library/video_name.ts";
import { newPartName } from "./arriving_videos.ts";

/** Where in the folder a file is to lie, of one or two parts. Throws UsageError for a name that is not shown as it is written. */
export function targetOf(path: string, name: string): string {
  const parts = name.split("/");
  const isClean = parts.length <= 2 && !/[\\:]/.test(name) &&
    parts.every((part) => part !== "" && !part.startsWith(".") && cleanVideoName(part) === part);
  if (!isClean) {
    throw new UsageError("bad-name", `This is no name of a video: ${name}. Try lesson-3`);
  }
  const target = `${name}${extname(path).toLowerCase()}`;
  const parsed = parseVideoName(target.slice(target.lastIndexOf("/") + 1));
  if (parsed === undefined) {
    throw new UsageError("bad-file", `Cannot add ${path}: its ending is not one of a video`);
  }
  return target;
}

/** A regular file, links followed. Throws Refusal `not-found`. */
export async function realVideo(path: string): Promise<VideoFile> {
  try {
    const real = await Deno.realPath(path);
    const info = await Deno.stat(real);
    if (info.isFile) {
      return { path: real, sizeBytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
    }
  } catch (error) {
    throw new Refusal("not-found", `Cannot add ${path}: ${describeError(error)}`, { cause: error });
  }
  throw new Refusal("not-found", `Cannot add ${path}: it is no file`);
}

/** Under another name first: nobody is shown half of it. Never overwrites. */
export async function copyInto(path: string, folder: string, target: string): Promise<void> {
  const part = join(dirname(join(folder, target)), newPartName());
  try {
    await Deno.mkdir(dirname(part), { recursive: true });
    await Deno.copyFile(path, part);
    await moveInto(part, folder, target);
  } catch (error) {
    // It may not have been begun.
    await Deno.remove(part).catch(() => {});
    throw new Refusal("not-added", `Cannot add ${path}: ${describeError(error)}`, { cause: error });
  }
}

/** The same of a part that is on that disk. Throws what the disk says. */
export async function moveInto(part: string, folder: string, target: string): Promise<void> {
  const place = join(folder, target);
  await Deno.mkdir(dirname(place), { recursive: true });
  // Fails where a file of that name came meanwhile, as the rename would not.
  (await Deno.open(place, { write: true, createNew: true })).close();
  await Deno.rename(part, place);
}
