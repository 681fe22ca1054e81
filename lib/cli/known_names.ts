/** Which names a client that runs gives the shell of its own person, who is typing a command (decision 0093). Pure. */

import { utf8 } from "../base/bytes.ts";
import type { Dialogue } from "./dialogue/dialogue.ts";

/** A menu with more is not read. */
const LIMIT_NAMES = 200;
/** The scripts read twice as much. */
const LIMIT_BYTES = 32_768;

/**
 * Names are chosen by strangers, and a shell runs what stands in `$(…)`: nothing but letters, digits, `_ . -` and single blanks
 * is offered. Other names can be typed.
 */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*(?: [\p{L}\p{M}\p{N}_.-]+)*$/u;

/** Who and what can be named. */
export interface KnownNames extends Pick<Dialogue, "people" | "rooms"> {
  /** Profiles of this person on this machine. */
  readonly profiles: readonly string[];
  /** Of the server. */
  readonly videos: readonly string[];
}

/** Answers `KIND TYPED`: names of the kind that begin with what is typed, a line each; empty for a kind that is none. */
export function answerNames(request: string, names: KnownNames): string {
  const [kind] = request.split(" ", 1);
  const typed = request.slice(kind.length + 1).toLowerCase();
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const name of namesOf(kind, names)) {
    if (!PLAIN.test(name.replace(/^#/, "")) || !name.toLowerCase().startsWith(typed)) continue;
    sizeBytes += utf8(name).length + 1;
    if (sizeBytes > LIMIT_BYTES || lines.length === LIMIT_NAMES) break;
    lines.push(`${name}\n`);
  }
  return lines.join("");
}

/** Where only a room can stand it needs no `#`, which begins a comment in a shell. */
function namesOf(kind: string, { people, rooms, profiles, videos }: KnownNames): readonly string[] {
  const persons = people.others.map(({ name }) => name);
  switch (kind) {
    case "person":
      return persons;
    case "room":
      return rooms.all.map((label) => label.slice(1));
    case "conversation":
      return [...persons, ...rooms.all];
    case "profile":
      return profiles;
    case "video":
      return videos;
    default:
      return [];
  }
}
