/** Subtitles: text and when it is shown, from SubRip and WebVTT. Foreign text, bounded in count and size. Pure. */

import { safeText } from "../../base/safe_text.ts";

/** What is shown for a while. */
export interface Cue {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Of one line or more; may be shown as it is. */
  readonly text: string;
}

/** Greatest file of subtitles that is read: a film of three hours has 200 KB. */
export const SUBTITLES_MAX_BYTES = 2 * 1024 * 1024;
/** Cues of one file. */
export const CUES_MAX = 20_000;
/** Of one cue, in UTF-16 units: more would cover the picture. */
export const CUE_TEXT_MAX_LENGTH = 300;
const CUE_LINES_MAX = 4;
/** Later than this no film goes on: 100 hours. */
const LATEST_MS = 100 * 3600 * 1000;

const TIMES = new RegExp(
  String.raw`^\s{0,8}((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{3})\s{1,8}-->\s{1,8}` +
    String.raw`((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{3})(?:\s.*)?$`,
);

/** The cues of a file in the order of their times. What cannot be read of it is left out. */
export function parseCues(text: string): readonly Cue[] {
  const cues: Cue[] = [];
  let times: { readonly fromMs: number; readonly untilMs: number } | undefined;
  let lines: string[] = [];
  const finish = () => {
    const words = times === undefined ? "" : cueText(lines);
    if (times !== undefined && words !== "") cues.push({ ...times, text: words });
    times = undefined;
    lines = [];
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (cues.length >= CUES_MAX) break;
    const found = TIMES.exec(line.slice(0, 200));
    if (found !== null) {
      finish();
      const [fromMs, untilMs] = [parseTime(found[1]), parseTime(found[2])];
      if (untilMs > fromMs && untilMs <= LATEST_MS) times = { fromMs, untilMs };
    } else if (line.trim() === "") finish();
    else if (times !== undefined && lines.length < CUE_LINES_MAX) lines.push(line);
  }
  finish();
  return cues.sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs);
}

/** What is shown then, all of it: cues may lie over each other. Undefined for nothing. */
export function cueAt(cues: readonly Cue[], positionMs: number): string | undefined {
  const now = cues.filter(({ fromMs, untilMs }) => fromMs <= positionMs && positionMs < untilMs);
  if (now.length === 0) return undefined;
  return now.map(({ text }) => text).join("\n").split("\n").slice(0, CUE_LINES_MAX).join("\n");
}

/** Text of a file: UTF-8, or what older programs write. */
export function decodeSubtitles(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&nbsp;": " ",
};

/** Without tags (`<i>`, `<c.yellow>`, `<00:01.000>`) and the commands of SubStation in braces. */
function cueText(lines: readonly string[]): string {
  const plain = lines.map((line) =>
    line.slice(0, 4 * CUE_TEXT_MAX_LENGTH)
      .replace(/\{\\[^{}]{0,200}\}/g, "").replace(/<\/?[a-z0-9][^<>]{0,200}>/gi, "")
      .replace(/&(?:amp|lt|gt|nbsp);/g, (entity) => ENTITIES[entity])
      .replace(/&(?:lrm|rlm);/g, "").trim()
  ).filter((line) => line !== "");
  return safeText(plain.join("\n")).slice(0, CUE_TEXT_MAX_LENGTH).trim();
}

function parseTime(text: string): number {
  const [clock, ms] = text.split(/[.,]/);
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return seconds * 1000 + Number(ms);
}
