/** The one video that plays in words beside a dialogue, and the commands that take the place of its keys. */

import { UsageError } from "../../base/errors.ts";
import { WordsViewer } from "./words_viewer.ts";

/** What a dialogue plays now. */
export interface PlayingWords {
  readonly viewer: WordsViewer;
  /** Aborts when the dialogue ends. */
  readonly signal: AbortSignal;
}

const playing = new WeakMap<object, PlayingWords>();

/** What plays in words there. */
export function playingIn(dialogue: object): PlayingWords | undefined {
  return playing.get(dialogue);
}

/** The task that plays something in words by `play` until `signal` aborts. Throws UsageError while something else does. */
export function wordsTask(
  dialogue: { print(line: string): Promise<void> },
  play: (signal: AbortSignal) => Promise<unknown>,
): (signal: AbortSignal) => Promise<void> {
  if (playing.has(dialogue)) {
    throw new UsageError("watching", "A video plays already: /video stop ends it");
  }
  const viewer = new WordsViewer((line) => dialogue.print(line));
  const idle = new AbortController();
  playing.set(dialogue, { viewer, signal: idle.signal });
  return async (signal) => {
    playing.set(dialogue, { viewer, signal });
    try {
      await play(signal);
    } finally {
      playing.delete(dialogue);
    }
  };
}

/** What a word does: the key that does it where a video is drawn. */
const KEYS: Readonly<Record<string, string>> = {
  back: "left",
  forward: "right",
  beginning: "home",
  slower: "[",
  faster: "]",
  mute: "m",
  louder: "+",
  quieter: "-",
  subtitles: "s",
  next: "n",
  previous: "p",
  again: "L",
  stop: "q",
};

/** Every word that `/video` takes, beside a time. */
export const VIDEO_WORDS: readonly string[] = ["pause", "resume", ...Object.keys(KEYS)];

/** Does it; false for what is no such word. */
export function control({ viewer }: PlayingWords, word: string): boolean {
  if (word === "pause" || word === "resume") {
    if (viewer.isPaused === (word === "resume")) viewer.press(" ");
    return true;
  }
  const key = KEYS[word];
  if (key === undefined) return false;
  viewer.press(key);
  return true;
}
