/** The line below a picture: what plays, where, in what size and why, and what is being waited for. Pure. */

import type { PlayedFrame } from "../../client/video/frame_assembly.ts";

/** What is to be said. */
export interface StatusFacts {
  readonly name: string;
  readonly mode: PlayedFrame["mode"];
  readonly durationMs: number;
  /** Where it is. */
  readonly positionMs: number;
  readonly rate: number;
  readonly state: "playing" | "paused" | "seeking" | "waiting";
  /** The last frame that was shown; undefined before the first. */
  readonly frame:
    | Pick<PlayedFrame, "index" | "total" | "rendition" | "limit">
    | undefined;
}

const STATE_WORDS: Readonly<Record<Exclude<StatusFacts["state"], "playing">, string>> = {
  paused: "paused",
  seeking: "seeking",
  waiting: "waiting for pictures",
};
/** Why it is no better. */
const LIMIT_WORDS: Readonly<Record<NonNullable<PlayedFrame["limit"]>, string>> = {
  line: "limited by the line",
  box: "fills the screen",
  drawing: "limited by the terminal",
  source: "the video's best",
  rate: "limited by --max-rate",
};
const THIRDS = ["240p", "720p", "1080p"] as const;

/** One line. */
export function statusWords(facts: StatusFacts): string {
  const { name, state, rate, positionMs, durationMs, frame } = facts;
  return [
    name,
    state === "playing" ? [] : STATE_WORDS[state],
    `${clockWords(positionMs)}/${clockWords(durationMs)}`,
    rate === 1 ? [] : rate === 0 ? "every frame" : `${Math.round(100 * rate) / 100}×`,
    qualityWords(facts),
    frame === undefined ? [] : `${frame.index + 1}/${frame.total}`,
  ].flat().join("  ");
}

/** The mode, and what it is doing now. */
function qualityWords({ mode, frame }: StatusFacts): string {
  const size: string | undefined = frame?.rendition;
  if (mode === "thirds") {
    const parts = THIRDS.map((part) => part === size ? `[${part}]` : part);
    return `thirds ${parts.join(" → ")}`;
  }
  if (mode === "adaptive") {
    const why = frame?.limit === undefined ? "" : ` (${LIMIT_WORDS[frame.limit]})`;
    return size === undefined ? mode : `${mode} ${size}${why}`;
  }
  return mode;
}

function clockWords(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}
