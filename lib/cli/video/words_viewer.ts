/** A video where nothing is drawn: what plays, where it is and what is said in it, in lines that are heard. */

import type { PlayingNow, Sought, ViewerStatistics, Watched } from "../../app/video_surface.ts";
import { clockWords } from "../../app/video_list.ts";
import { Channel } from "../../base/channel.ts";
import type { Key } from "../../terminal/input/key.ts";
import { isOfFrames } from "./status_words.ts";
import type { Viewer } from "./viewer.ts";

/** Between two lines that only say how far it is; no less than a tenth of the video either. */
const LEAST_MARK_MS = 30_000;
const MARKS = 10;

const STATES: Readonly<Record<Exclude<PlayingNow["state"], "playing">, string>> = {
  paused: "paused at",
  seeking: "goes to",
  waiting: "waits for the server at",
};

/** Says a line when something changes, and each tenth of the video; takes its keys from `press`. */
export class WordsViewer implements Viewer {
  readonly hasStatus = true;
  readonly drawing = undefined;
  adapts = false;
  readonly #tell: (line: string) => Promise<void>;
  readonly #keys = new Channel<Key | Sought>();
  /** What was said of it beside its place: not said again while it stays. */
  #also: readonly string[] = [];
  #now: PlayingNow | undefined;
  #saidState: PlayingNow["state"] = "playing";
  #markMs = 0;
  #shown = 0;

  /** `tell` says a line. */
  constructor(tell: (line: string) => Promise<void>) {
    this.#tell = tell;
  }

  get statistics(): ViewerStatistics {
    return { method: "words", drawn: this.#shown, dropped: 0, refused: 0 };
  }

  /** Where it is, in a sentence. */
  get where(): string {
    const now = this.#now;
    if (now === undefined) return "the video begins";
    const state = now.state === "playing" ? "is at" : STATES[now.state];
    return `${now.name} ${state} ${placeOf(now)}`;
  }

  get isPaused(): boolean {
    return this.#now?.state === "paused";
  }

  /** Presses a key as a person does where a video is drawn. */
  press(name: string): void {
    this.#keys.push(
      name.length === 1
        ? { kind: "text", text: name, sequence: name }
        : { kind: "key", name, ctrl: false, alt: false, shift: false, sequence: name },
    );
  }

  /** Goes to a moment; the end, where that is beyond it. */
  seek(positionMs: number): void {
    const { durationMs = 0 } = this.#now ?? {};
    if (durationMs > 0) {
      this.#keys.push({ kind: "seek", share: Math.min(1, positionMs / durationMs) });
    }
  }

  show(): Promise<void> {
    this.#shown++;
    return Promise.resolve();
  }

  async status(text: string, _keys: string, playing?: PlayingNow): Promise<void> {
    if (playing === undefined) return await this.#tell(`* ${text}`);
    const before = this.#now;
    this.#now = playing;
    const lines = [...this.#changes(before, playing), ...this.#newsOf(playing)];
    for (const line of lines) await this.#tell(`* ${line}`);
  }

  async subtitle(text: string | undefined): Promise<void> {
    if (text === undefined || text === "") return;
    await this.#tell(`* ${clockWords(this.#now?.positionMs ?? 0)} subtitle: ${text}`);
  }

  nextKey(signal: AbortSignal): Promise<Key | Sought | undefined> {
    return this.#keys.next({ signal });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#keys.close();
    return Promise.resolve();
  }

  #changes(before: PlayingNow | undefined, now: PlayingNow): readonly string[] {
    const { name, state, rate, positionMs, durationMs } = now;
    if (before?.name !== name) {
      this.#mark(now);
      this.#saidState = "playing";
      const from = positionMs < 1_000 ? "" : ` from ${clockWords(positionMs)}`;
      return [
        `${name} plays${from}, ${
          clockWords(durationMs)
        } long. /video pause, resume, back, forward, mute or stop; /video alone says where it is`,
      ];
    }
    if (before.rate !== rate) {
      return [`${name} plays at ${Math.round(100 * rate) / 100} times speed`];
    }
    if (this.#saidState !== state) {
      this.#saidState = state;
      this.#mark(now);
      return [`${name} ${state === "playing" ? "plays on at" : STATES[state]} ${placeOf(now)}`];
    }
    if (state !== "playing" || positionMs < this.#markMs) return [];
    this.#mark(now);
    return [placeOf(now)];
  }

  /** The next line about nothing but the place is due there. */
  #mark({ positionMs, durationMs }: PlayingNow): void {
    const stepMs = Math.max(durationMs / MARKS, LEAST_MARK_MS);
    this.#markMs = (Math.floor(positionMs / stepMs) + 1) * stepMs;
  }

  #newsOf({ also = [] }: PlayingNow): readonly string[] {
    const before = this.#also;
    this.#also = also;
    return also.filter((words) => !before.includes(words) && !isOfFrames(words));
  }
}

/** How a video ended that was told in words. */
export function endWords({ name, complete, durationMs, problem }: Watched): string {
  const why = problem === undefined ? "" : `; ${problem}`;
  return complete ? `${name} ended (${clockWords(durationMs)})${why}` : `${name} stopped${why}`;
}

function placeOf({ positionMs, durationMs }: PlayingNow): string {
  return `${clockWords(positionMs)} of ${clockWords(durationMs)}`;
}
