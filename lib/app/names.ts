/** Names of people where they stand in a line of text. Pure. */

import { isRoom, type Peer } from "../base/ids.ts";
import { quoteWord } from "../commands/words.ts";
import { onOneLine, safeText } from "../base/safe_text.ts";

/** Letters, digits and what may stand between them: nothing that a line of ours uses for itself. */
const PLAIN_NAME = /^[\p{L}\p{M}\p{N}_'.-]+$/u;

/**
 * A name as it stands in a line. One with anything but letters and digits is quoted: names are chosen by strangers, and
 * `bob ▸ yes` or `alice, bob` must not read as a line or a list of ours (SR-70).
 */
export function showName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return `"${onOneLine(safeText(name)).replace(/["\\]/g, "\\$&")}"`;
}

/** Why nobody was found: `No account "frodo", "sam" on this server`. */
export function noAccount(...names: readonly string[]): string {
  const quoted = names.map((name) => PLAIN_NAME.test(name) ? `"${name}"` : showName(name));
  return `No account ${quoted.join(", ")} on this server`;
}

/** A room where it stands in a line: `#256`, `#ops`, `#"the night shift"`. No name of a person looks so. */
export function showRoom(label: string): string {
  return `#${showName(label.slice(1))}`;
}

/** Somebody, or a room. */
export function showPeer(peer: Peer, name: string): string {
  return isRoom(peer) ? showRoom(name) : showName(name);
}

/** A name as it is typed behind a command. */
export function typeName(name: string): string {
  return quoteWord(name);
}

const NATURAL = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** As people look for one: room 2 stands before room 10. */
export function compareNames(one: string, other: string): number {
  return NATURAL.compare(one, other);
}
