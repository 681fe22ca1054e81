/** What somebody does instead of saying it: `/me waves` sends `*waves*`, and `* alice waves` is shown. Pure. */

import type { HistoryEntry } from "../../client/store/history.ts";
import { showName } from "../names.ts";

/** One line, all of it stressed, and nothing in it is. */
const ACTION = /^\*(?![\s*])([^*\n]*[^*\s])\*$/;

/**
 * As a text is sent that somebody says. One in a single pair of asterisks would read as what they do: a blank behind it, which
 * nobody sees, keeps it italic (decision 0131).
 */
export function saidText(text: string): string {
  return ACTION.test(text) ? `${text} ` : text;
}

/** What is done; undefined for a text that is said. */
export function actionOf(text: string): string | undefined {
  return ACTION.exec(text)?.[1];
}

/** A text where it stands behind the name of who said it: `* alice waves` for what somebody does. Nobody does anything by a broadcast. */
export function spokenText(kind: HistoryEntry["kind"], text: string, name: string): string {
  const action = kind === "text" ? actionOf(text) : undefined;
  return action === undefined ? text : `* ${showName(name)} ${action}`;
}
