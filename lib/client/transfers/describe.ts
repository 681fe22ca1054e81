/** Files in words. Names are foreign: faces make what they show safe. */

import { dirname, sep } from "node:path";
import type { CancelReason } from "./transfer_state.ts";
import { formatBytes } from "../../base/byte_words.ts";
import { safePath } from "../../storage/safe_path.ts";
import { contentBytes } from "./transfer.ts";

type Named = readonly { readonly path: string }[];

/** `report.pdf`, `folder photos, 3 files`, `5 files`: how large they are is said elsewhere. */
export function nameItems(items: Named): string {
  const { name, count } = namesOf(items);
  return count === undefined ? name : name === "" ? count : `${name}, ${count}`;
}

/** `report.pdf (12.3 kB)`, `folder photos (3 files, 2.1 MB)`, `5 files (2.1 MB)`. `kind`: what is known of the only one. */
export function describeItems(
  items: readonly { readonly path: string; readonly sizeBytes: number }[],
  kind = "",
): string {
  const bytes = formatBytes(contentBytes(items));
  const size = kind === "" ? bytes : `${kind}, ${bytes}`;
  const { name, count } = namesOf(items);
  if (count === undefined) return `${name} (${size})`;
  return name === "" ? `${count} (${size})` : `${name} (${count}, ${size})`;
}

/** A single file has no count, and files of several folders no name. */
function namesOf(items: Named): { readonly name: string; readonly count: string | undefined } {
  const paths = items.map(({ path }) => safePath(path) ?? ["_"]);
  if (paths.length === 1 && paths[0].length === 1) return { name: paths[0][0], count: undefined };
  const count = `${paths.length} ${paths.length === 1 ? "file" : "files"}`;
  const root = paths[0]?.[0];
  const isOneFolder = paths.every((path) => path.length > 1 && path[0] === root);
  return { name: isOneFolder ? `folder ${root}` : "", count };
}

/** `report.pdf has uploaded`, `photos has uploaded`, `5 files have uploaded` (row S3.45). */
export function uploadedWords(items: readonly { readonly path: string }[]): string {
  const roots = new Set(items.map(({ path }) => safePath(path)?.[0] ?? "_"));
  const [root] = roots;
  return roots.size === 1 ? `${root} has uploaded` : `${items.length} files have uploaded`;
}

/** Where files are: the path of the only one, else the folder that all of them are in. Absolute paths, at least one. */
export function commonPlace([first, ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  let folder = dirname(first);
  const holds = (path: string) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  while (!others.every(holds) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** What the person is told when a transfer pauses by itself, and how to go on with it. */
export function pausedText(number: number, why: string, until?: "room"): string {
  const next = until === "room"
    ? `It continues once there is room; /resume ${number} tries at once`
    : `/resume ${number} continues it`;
  return `Transfer ${number} is paused: ${why}. ${next}`;
}

const WHY_CANCELLED: Readonly<Record<CancelReason, string>> = {
  "cancelled": "",
  "source-changed": ": a file changed while it was being sent",
  "damaged": ": the file arrived damaged",
  "refused": ": it cannot be stored there",
  "left": ": they are no longer in the room",
  "gone": ": their account was deleted",
  "elsewhere": "",
};

/** What follows `alice cancelled transfer 3`. */
export function whyCancelled(reason: CancelReason): string {
  return WHY_CANCELLED[reason];
}
