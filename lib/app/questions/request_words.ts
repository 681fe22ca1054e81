/** What others ask, in words: a row of a screen, or a numbered line. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { quoted } from "../talk/change_words.ts";
import type { Request } from "./requests.ts";

/** `bob offers report.pdf (12 kB) · 6 d left`. */
export function askWords(request: Request, nowMs: number): string {
  const { untilMs } = request;
  const left = Number.isFinite(untilMs) ? ` · ${leftWords(untilMs - nowMs)} left` : "";
  return `${askedWords(request)}${left}`;
}

/** The same without the time, where there is no room for it. */
export function askedWords({ words }: Request): string {
  return onOneLine(safeText(words));
}

function leftWords(ms: number): string {
  // The model's time is that of its last change: what has two minutes may seem to have a little more.
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `1. bob (new) wants to chat: "hi". /accept bob, /decline bob or /block bob`, one line each. */
export function requestLines(requests: readonly Request[], nowMs: number): readonly string[] {
  return requests.map((request, at) => {
    const { accept, decline, stranger } = request;
    const wrote = stranger === undefined || stranger.wrote === ""
      ? ""
      : `: ${quoted(stranger.wrote, MOST_QUOTED_UNITS)}`;
    const block = stranger === undefined ? [] : [stranger.block];
    const [last, ...others] = [accept, decline, ...block].reverse();
    const answers = `${others.reverse().join(", ")} or ${last}`;
    return `${at + 1}. ${askWords(request, nowMs)}${wrote}. ${onOneLine(safeText(answers))}`;
  });
}

/** Of what a stranger wrote: a line has more room than a row. */
const MOST_QUOTED_UNITS = 400;
