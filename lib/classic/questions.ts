/** What every shell asks that no seed did: nothing of a stranger's, and no file, is taken without a word (SR-64). */

import { showName } from "../app/names.ts";
import type { AppEvent, ShownEntry } from "../app/events.ts";

/** In the words of the one seed that asked for something. */
function pleaseAccept(what: string): string {
  return `Please type /y, to accept ${what}!`;
}

/** A stranger writes. */
export function strangerLines(
  { account }: Extract<AppEvent, { type: "request" }>,
): readonly string[] {
  return [`${showName(account)} writes to you for the first time.`, pleaseAccept("them")];
}

/** Lines of the program that ask something. Undefined: it asks nothing. */
export function offerLines({ entry }: ShownEntry): readonly string[] | undefined {
  if (entry.kind !== "notice") return undefined;
  switch (entry.id) {
    case "file-offer":
      return [entry.text, pleaseAccept("file")];
    case "stream-offer":
      return ["", pleaseAccept("stream")];
    // The command that offered it has said so.
    case "file-offered":
    case "stream-offered":
      return [];
    case "invited":
      // Which commands answer it is said in this shell's words, and which room it is: no line here stands in one.
      return [
        entry.text.replace(/ to this room: room join (\d+).*$/s, " to room $1"),
        pleaseAccept("invitation"),
      ];
    default:
      return undefined;
  }
}
