/** Names of videos: what a file is called on the screen, and which video someone means. Names never become paths (SR-75). */

import { editDistance } from "../../base/edit_distance.ts";
import { type RenditionName, RENDITIONS } from "../../protocol/hop/video.ts";

/** Endings of files that are taken for videos; the content decides whether they are. */
const EXTENSIONS = new Set([
  ...["mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "m2ts", "vob"],
  ...["ogv", "ogg", "flv", "3gp", "gif"],
  // Often without a picture: then the list says so.
  ...["m4a", "mka"],
]);
/** Code points of a name on the screen and on the wire, where 400 UTF-16 units is the limit. */
const NAME_MAX = 200;

/** What the name of a file in the video folder says. */
export interface ParsedVideoName {
  /** Without extension and rendition: what belongs together has the same stem. */
  readonly stem: string;
  /** With the dot, as written. */
  readonly extension: string;
  readonly rendition: RenditionName | undefined;
}

/** Reads `stem.ext` or `stem_720.mp4` (seed S4.11). Undefined for files that are no videos, hidden ones among them. */
export function parseVideoName(fileName: string): ParsedVideoName | undefined {
  const dot = fileName.lastIndexOf(".");
  if (dot <= 0 || fileName.startsWith(".")) return undefined;
  const extension = fileName.slice(dot);
  if (!EXTENSIONS.has(extension.slice(1).toLowerCase())) return undefined;
  const bare = fileName.slice(0, dot);
  for (const rendition of RENDITIONS) {
    const ending = `_${parseInt(rendition)}`;
    if (bare.endsWith(ending) && bare.length > ending.length) {
      return { stem: bare.slice(0, -ending.length), extension, rendition };
    }
  }
  return { stem: bare, extension, rendition: undefined };
}

/**
 * A name for the screen: NFC, one line, without control and format characters, at most 200 code points. Different files may get the same
 * name; the scan keeps them apart. Text for terminals passes `SafeText` all the same (SR-68).
 */
export function cleanVideoName(text: string): string {
  const oneLine = text.normalize("NFC").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").replace(/\s+/gu, " ")
    .trim();
  const clean = [...oneLine].slice(0, NAME_MAX).join("");
  return clean === "" ? "video" : clean;
}

/** Of the name of a file, with or without its ending. */
function stemOf(asked: string): string {
  return (parseVideoName(asked) ?? parseVideoName(`${asked}.mp4`))?.stem ?? asked;
}

/** What names are compared by: letters alike whatever their case and width. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** The answer to a name that someone typed. */
export type VideoLookup<T> =
  | { readonly found: true; readonly video: T }
  | { readonly found: false; readonly suggestion: string | undefined };

/**
 * Looks a video up in a list, never in a folder: by its exact name, then without regard to case, with or without its extension, by the name
 * of one of its files, by its number from 1, and by its first words when no other video begins with them. Else the nearest name is suggested.
 */
export function findVideo<T extends { readonly name: string; readonly extension: string }>(
  videos: readonly T[],
  asked: string,
): VideoLookup<T> {
  const wanted = folded(cleanVideoName(asked));
  const stem = folded(cleanVideoName(stemOf(asked)));
  const exact = videos.find(({ name }) => name === asked) ??
    videos.find(({ name }) => folded(name) === wanted) ??
    videos.find(({ name, extension }) => folded(name + extension) === wanted) ??
    // As one of its files is called in the folder: `movie_240.mp4` is of `movie`.
    videos.find(({ name }) => folded(name) === stem);
  if (exact !== undefined) return { found: true, video: exact };
  const number = /^#?([1-9]\d{0,5})$/.exec(asked.trim())?.[1];
  const numbered = number === undefined ? undefined : videos[Number(number) - 1];
  if (numbered !== undefined) return { found: true, video: numbered };
  const begun = videos.filter(({ name }) => beginsWithWord(folded(name), wanted));
  if (begun.length === 1) return { found: true, video: begun[0] };
  return { found: false, suggestion: suggest(videos, wanted) };
}

/** `cockatoo` is the first word of `cockatoo-720p20`, `cock` is not. */
function beginsWithWord(name: string, words: string): boolean {
  return words !== "" && name.startsWith(words) && /^[^\p{L}\p{N}]/u.test(name.slice(words.length));
}

/** The nearest name, if it is near: a beginning, or at most a third of its letters wrong. */
function suggest(videos: readonly { readonly name: string }[], wanted: string): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  // With the extension of another file, too.
  const words = [wanted, wanted.replace(/\.[^.]*$/, "")].filter((word) => word !== "");
  for (const { name } of videos) {
    const candidate = folded(name);
    const near = words.some((word) => candidate.includes(word));
    const distance = near ? 0 : editDistance(wanted.slice(0, 60), candidate.slice(0, 60));
    if (distance <= Math.ceil(candidate.length / 3) && distance < (best?.distance ?? Infinity)) {
      best = { name, distance };
    }
  }
  return best?.name;
}
