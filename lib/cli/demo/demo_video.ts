/** The demo's library: the project's own videos, or the one that the person named. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { problemOf } from "../../app/video_list.ts";

/** The library of the demo's server, and what to play from it. */
export interface DemoVideo {
  readonly folder: string;
  /** The file that the person named, as they named it. */
  readonly file: string | undefined;
  /** The name to ask the server for; undefined where there is nothing to show. */
  readonly name: string | undefined;
}

/** The video that is shown when nobody names one. */
const OWN_VIDEO = "cockatoo";

/** What the server's list says of every video while it has no ffmpeg: then the demo goes on without one. */
const NEEDS_FFMPEG = "needs ffmpeg";

/** A copy of `file` in `folder`, so that nothing else of its folder is shown; without `file` the project's videos. */
export async function prepareVideo(
  folder: string,
  file: string | undefined,
  resolve: (path: string) => string,
): Promise<DemoVideo> {
  if (file === undefined) {
    const own = await findOwnVideos();
    if (own !== undefined) return { file, folder: own, name: OWN_VIDEO };
    await Deno.mkdir(folder, { recursive: true });
    return { file, folder, name: undefined };
  }
  const base = file.replace(/^.*[/\\]/, "");
  const extension = /\.[A-Za-z0-9]{1,5}$/.exec(base)?.[0] ?? "";
  await Deno.mkdir(folder, { recursive: true });
  const path = resolve(file);
  try {
    await Deno.copyFile(path, `${folder}/demo${extension}`);
  } catch (error) {
    throw new UsageError("no-such-file", `Cannot play ${file}: ${await whyNotRead(path, error)}`, {
      cause: error,
    });
  }
  return { file, folder, name: "demo" };
}

/** Throws UsageError when the file that the person named is no video: before anything is shown. */
export async function checkVideo(client: Client, { file, name }: DemoVideo): Promise<void> {
  if (file === undefined || name === undefined) return;
  const problem = await problemOf(client.link, name);
  if (problem === undefined || problem === NEEDS_FFMPEG) return;
  throw new UsageError("bad-video", `Cannot show ${file}: ${problem}`);
}

/**
 * Beside the sources, or beside a compiled program, of which an installation has only a link on PATH; undefined when the videos
 * did not come along.
 */
export async function findOwnVideos(
  program = Deno.build.standalone ? Deno.execPath() : fileURLToPath(Deno.mainModule),
): Promise<string | undefined> {
  try {
    const folder = join(dirname(await Deno.realPath(program)), "videos");
    await Deno.stat(join(folder, `${OWN_VIDEO}.mp4`));
    return folder;
  } catch {
    // Not there, or not to be read: then there is nothing to show.
    return undefined;
  }
}

async function whyNotRead(path: string, error: unknown): Promise<string> {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission to read it";
  return (await Deno.stat(path)).isDirectory ? "it is a folder" : describeError(error);
}
