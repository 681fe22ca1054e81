/** Files of subtitles beside a film: `film.srt`, `film.de.vtt`. */

import { basename, dirname, extname, join } from "node:path";
import { MediaError } from "../../base/errors.ts";
import { decodeSubtitles, SUBTITLES_MAX_BYTES } from "./cues.ts";
import { SUBTITLE_TRACKS_MAX } from "./film_tracks.ts";

/** One of them. */
export interface SideSubtitles {
  readonly path: string;
  /** As the name says it. */
  readonly language: string | undefined;
}

const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i;

/** Those of a film, in the order of their names. Only regular files: no links (SR-75). */
export async function sideSubtitles(filmPath: string): Promise<readonly SideSubtitles[]> {
  const folder = dirname(filmPath);
  const stem = basename(filmPath, extname(filmPath));
  const found: SideSubtitles[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const extension = extname(name).toLowerCase();
    if (!isFile || ![".srt", ".vtt"].includes(extension) || !name.startsWith(`${stem}.`)) continue;
    const middle = name.slice(stem.length + 1, -extension.length).split(".");
    const language = middle.find((part) => LANGUAGE.test(part))?.toLowerCase();
    found.push({ path: join(folder, name), language });
  }
  found.sort((a, b) => a.path < b.path ? -1 : 1);
  return found.slice(0, SUBTITLE_TRACKS_MAX);
}

/** Throws MediaError `subtitles-unreadable`. */
export async function readSideFile({ path }: SideSubtitles): Promise<string> {
  const info = await Deno.lstat(path);
  if (!info.isFile || info.size > SUBTITLES_MAX_BYTES) {
    throw new MediaError("subtitles-unreadable", "Cannot read subtitles: no file of up to 2 MiB");
  }
  return decodeSubtitles(await Deno.readFile(path));
}
