/** The subtitles of a video: which there are, which are shown, and what they say at some moment. */

import { safeText } from "../../base/safe_text.ts";
import { type Cue, cueAt, CUES_MAX } from "../../media/sound/cues.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

type Track = ReplyFields<"video.tracks">["subtitles"][number];

/** Where they come from. */
export interface SubtitleSource {
  readonly link: Link;
  readonly stream: number;
}

/** One for all players of a video. */
export class Subtitles {
  readonly #language: string | undefined;
  #tracks: readonly Track[] = [];
  #chosen: number | undefined;
  #cues: readonly Cue[] = [];
  #loading: { readonly track: number } | undefined;
  #isAttached = false;

  /** `language`: shown from the beginning, where there are some; `de` takes `deu` and `de-at` too. */
  constructor(language: string | undefined) {
    this.#language = language?.toLowerCase();
  }

  /** What is shown, for the person; undefined for none. */
  get name(): string | undefined {
    if (this.#chosen === undefined) return undefined;
    const { language, title } = this.#tracks[this.#chosen];
    return title ?? language ?? `track ${this.#chosen + 1}`;
  }

  /** Whether there are any to choose from. */
  get count(): number {
    return this.#tracks.length;
  }

  /** The tracks that a server found. Loads what is to be shown. */
  async attach(source: SubtitleSource, tracks: readonly Track[]): Promise<void> {
    this.#tracks = tracks;
    // The film may have other ones than before the connection was lost.
    if (this.#chosen !== undefined && this.#chosen >= tracks.length) {
      await this.#choose(source, undefined);
    }
    if (!this.#isAttached && this.#language !== undefined) {
      const found = tracks.findIndex(({ language }) => isLanguage(language, this.#language));
      if (found >= 0) await this.#choose(source, found);
    }
    this.#isAttached = true;
  }

  /** The next track, and none behind the last. */
  async next(source: SubtitleSource): Promise<void> {
    const next = this.#chosen === undefined ? 0 : this.#chosen + 1;
    await this.#choose(source, next < this.#tracks.length ? next : undefined);
  }

  /** What is said then; undefined for nothing. May be shown as it is. */
  at(positionMs: number): string | undefined {
    return cueAt(this.#cues, positionMs);
  }

  async #choose({ link, stream }: SubtitleSource, track: number | undefined): Promise<void> {
    this.#chosen = track;
    this.#cues = [];
    this.#loading = track === undefined ? undefined : { track };
    const loading = this.#loading;
    if (loading === undefined) return;
    const cues: Cue[] = [];
    for (let more = true; more && cues.length < CUES_MAX;) {
      const { fields } = await link.ask("video.cues", {
        ...{ stream, track: loading.track },
        ...(cues.length === 0 ? {} : { after: cues.length }),
      });
      // Another was chosen meanwhile.
      if (this.#loading !== loading) return;
      cues.push(...fields.cues.map(({ from, until, text }) => ({
        ...{ fromMs: from, untilMs: until },
        text: safeText(text),
      })));
      // A page without cues that promises more would be asked for without end.
      more = fields.more && fields.cues.length > 0;
      this.#cues = [...cues];
    }
  }
}

/** ISO 639 has two codes of three letters for some languages, and one of two. */
const SAME: readonly (readonly string[])[] = [
  ...[["en", "eng"], ["de", "deu", "ger"], ["fr", "fra", "fre"], ["es", "spa"], ["it", "ita"]],
  ...[["nl", "nld", "dut"], ["pt", "por"], ["ru", "rus"], ["zh", "zho", "chi"], ["ja", "jpn"]],
  ...[["pl", "pol"], ["sv", "swe"], ["da", "dan"], ["no", "nor"], ["fi", "fin"], [
    "cs",
    "ces",
    "cze",
  ]],
  ...[["tr", "tur"], ["el", "ell", "gre"], ["hu", "hun"], ["ko", "kor"], ["ar", "ara"], [
    "uk",
    "ukr",
  ]],
];

/** Whether a track is in the language that somebody asks for. */
export function isLanguage(track: string | undefined, asked: string | undefined): boolean {
  if (track === undefined || asked === undefined) return false;
  const [own, wanted] = [track, asked].map((one) => one.toLowerCase().split("-")[0]);
  return own === wanted || SAME.some((names) => names.includes(own) && names.includes(wanted));
}
