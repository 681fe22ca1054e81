/** What tab can make of a line of the dialogue. Pure. */

import { nextWord } from "../../commands/words.ts";
import type { Completion } from "../../terminal/line_editor.ts";
import { typeName } from "./names.ts";

/** What there is to complete with. */
export interface Completable {
  readonly commands: readonly string[];
  readonly people: readonly string[];
  readonly videos: readonly string[];
}

/** Commands whose first word is a name of someone. */
const TAKES_PERSON = new Set(
  ("msg messageto tell inbox read verify accept anew grant changegrant kick kickuser ban mute-user muteuser unlock")
    .split(" "),
);
const TAKES_VIDEO = new Set(["watch", "play"]);
const NOTHING: Completion = { from: 0, candidates: [] };

/** Commands after a slash, people and videos after their commands, `user:` at the start of a line. */
export function completeLine(before: string, known: Completable): Completion {
  if (!before.startsWith("/")) {
    return before === "" ? NOTHING : match(before, 0, known.people.map((name) => `${name}:`));
  }
  const command = nextWord(before, 1);
  if (command.kind !== "word" || command.end === before.length) {
    return match(before, 0, known.commands.map((name) => `/${name} `));
  }
  const from = before.length - before.slice(command.end).trimStart().length;
  const name = command.text.toLowerCase();
  if (TAKES_PERSON.has(name)) return match(before, from, known.people.map(withBlank));
  if (TAKES_VIDEO.has(name)) return match(before, from, known.videos.map(withBlank));
  return name === "help" ? match(before, from, known.commands) : NOTHING;
}

function withBlank(name: string): string {
  return `${typeName(name)} `;
}

function match(before: string, from: number, candidates: readonly string[]): Completion {
  const typed = before.slice(from).toLowerCase();
  const found = candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed));
  return { from, candidates: found };
}
