/** What a screen shows as a page, as lines that are heard: items by number, and nothing that only its place explains. Pure. */

import { typeName } from "../../app/names.ts";
import type { AnswerPage } from "../../commands/command_row.ts";

/** Groups of a safety number in a line: as much as is compared in one go. */
const GROUPS_IN_LINE = 4;

/** The lines of a page, where there are no pages. */
export function pageInLines(page: AnswerPage, lines: readonly string[]): readonly string[] {
  switch (page.kind) {
    case "list":
      return numbered(lines);
    case "verify":
      return verification(page, lines);
    // These have numbers of their own, by which commands call them, or none.
    case "goto":
    case "help":
    case "lines":
    case "requests":
    case "settings":
    case "share":
    case "transfers":
    case "videos":
      return lines;
  }
}

/** `1. bob, online since …`. What is said about the list has no number, and a message has its own. */
export function numbered(lines: readonly string[]): readonly string[] {
  let count = 0;
  return lines.map((line) => /^(?:\* |\[|\s|\d\d:\d\d )/.test(line) ? line : `${++count}. ${line}`);
}

function verification(
  { account }: Extract<AnswerPage, { kind: "verify" }>,
  [number = "", ...said]: readonly string[],
): readonly string[] {
  const groups = number.split(" ");
  const lines: string[] = [];
  for (let at = 0; at < groups.length; at += GROUPS_IN_LINE) {
    lines.push(groups.slice(at, at + GROUPS_IN_LINE).join(" "));
  }
  const name = typeName(account);
  return [
    ...numbered(lines),
    `* ${name} sees the same lines. Compare them in person or in a call; /verify ${name} and the digits that ${name} reads to you marks ${name} as verified`,
    ...said,
  ];
}
