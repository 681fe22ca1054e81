/** The demo's library: the project's own videos, or the one that the person named. */

import { UsageError } from "../../base/errors.ts";

/** The library of the demo's server, and what to play from it. */
export interface DemoVideo {
  readonly folder: string;
  /** The name to ask the server for. */
  readonly name: string;
}

/** The video that is shown when nobody names one. */
const OWN_VIDEO = "cockatoo";

/** A copy of `file` in `folder`, so that nothing else of its folder is shown; without `file` the project's videos. */
export async function prepareVideo(folder: string, file: string | undefined): Promise<DemoVideo> {
  if (file === undefined) {
    const own = new URL("videos", Deno.mainModule);
    return {
      folder: own.protocol === "file:" ? decodeURIComponent(own.pathname) : folder,
      name: OWN_VIDEO,
    };
  }
  const base = file.replace(/^.*[/\\]/, "");
  const extension = /\.[A-Za-z0-9]{1,5}$/.exec(base)?.[0] ?? "";
  await Deno.mkdir(folder, { recursive: true });
  try {
    await Deno.copyFile(file, `${folder}/demo${extension}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError("no-such-file", `There is no file ${file}`);
  }
  return { folder, name: "demo" };
}
