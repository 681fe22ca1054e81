/** Lines that every shell leaves to the line dialogue: answers to what it asks, and whatever a person needs beside the seed's commands. */

import type { Step } from "../app/shells/shell.ts";

/** `/y`, `/verify bob`; undefined for what is no slash command. */
export function slashLine(text: string): readonly Step[] | undefined {
  return /^\/[^/\s]/.test(text) ? [{ kind: "line", line: text }] : undefined;
}
