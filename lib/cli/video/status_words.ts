/** The line below a picture: what plays, where, in what size and why, and what is being waited for. Pure. */

import { clockWords, speedWords } from "../../app/video_list.ts";
import type { Loop } from "./playlist.ts";
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
  /** What a line that is too long is not to lose: that it is a simulated one, with whom, what just happened. */
  readonly more?: readonly string[];
  /** Of sound and subtitles. */
  readonly extras?: readonly string[];
  /** The last frame that was shown; undefined before the first. */
  readonly frame:
    | Pick<PlayedFrame, "index" | "total" | "rendition" | "limit">
    | undefined;
  /** Frames that came to nothing so far, whoever left them out. */
  readonly notShown?: number;
  /** `2 of 3`, where several videos follow each other. */
  readonly place?: string | undefined;
  readonly loop?: Loop;
}

const STATE_WORDS: Readonly<Record<Exclude<StatusFacts["state"], "playing" | "seeking">, string>> =
  {
    paused: "paused",
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
const LOOP_WORDS: Readonly<Record<Loop, readonly string[]>> = {
  none: [],
  one: ["again and again"],
  all: ["all again and again"],
};
const THIRDS = ["240p", "720p", "1080p"] as const;

/** One line. */
export function statusWords(facts: StatusFacts): string {
  const { name, state, rate, positionMs, durationMs, frame, notShown = 0, place, loop } = facts;
  const time = `${clockWords(positionMs)}/${clockWords(durationMs)}`;
  return [
    place === undefined ? name : `${name} (${place})`,
    state === "playing" || state === "seeking" ? [] : STATE_WORDS[state],
    state === "seeking" ? `seeking to ${time}` : time,
    speedWords(rate) ?? [],
    qualityWords(facts),
    facts.more ?? [],
    LOOP_WORDS[loop ?? "none"],
    facts.extras ?? [],
    frame === undefined ? [] : `${frame.index + 1}/${frame.total}`,
    missingWords(notShown),
  ].flat().join("  ");
}

/** What is to be said beside name, time, speed and quality. */
export function alsoWords(
  { loop, notShown = 0, extras = [] }: Pick<StatusFacts, "loop" | "notShown" | "extras">,
): readonly string[] {
  return [...extras, ...LOOP_WORDS[loop ?? "none"], ...missingWords(notShown)];
}

const DROPPED = / frames? dropped$/;

function missingWords(notShown: number): readonly string[] {
  return notShown === 0 ? [] : [`${notShown} ${notShown === 1 ? "frame" : "frames"} dropped`];
}

/** Whether these words count frames, which matters only where they are drawn. */
export function isOfFrames(words: string): boolean {
  return DROPPED.test(words);
}

/** The mode, and what it is doing now. */
export function qualityWords({ mode, frame }: Pick<StatusFacts, "mode" | "frame">): string {
  const size: string | undefined = frame?.rendition;
  if (mode === "thirds") {
    const parts = THIRDS.map((part) => part === size ? `[${part}]` : part);
    return `thirds ${parts.join(" → ")}`;
  }
  if (mode === "adaptive") {
    const why = frame?.limit === undefined ? "trying more" : LIMIT_WORDS[frame.limit];
    return size === undefined ? mode : `${mode} ${size} (${why})`;
  }
  return mode;
}
