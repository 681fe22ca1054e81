/** What is being typed survives the program: it is written down a moment after it changes, and at the end. */

import { Bell } from "../../base/bell.ts";
import type { Clock } from "../../base/clock.ts";
import { UnfinishedTexts } from "../../client/talk/unfinished.ts";
import type { Composer } from "../panes/composer.ts";
import type { Place } from "../../app/conversations/model.ts";
import type { Talk } from "../../app/conversations/talk.ts";

/** How long after it changed what is being typed is written down. */
const DRAFTS_MS = 1_000;

/** Between a composer and the profile. */
export class DraftKeeper {
  readonly #composer: Composer;
  readonly #unfinished: UnfinishedTexts;
  readonly #clock: Clock;
  readonly #changed = new Bell();
  readonly #kept = new Map<Place, string>();
  #keeping: Promise<void> = Promise.resolve();

  constructor(composer: Composer, { client }: Talk) {
    this.#composer = composer;
    this.#clock = client.clock;
    this.#unfinished = new UnfinishedTexts(client.profile);
  }

  /** Puts back what was being typed when the program ended. */
  async recall(): Promise<void> {
    for (const [place, text] of await this.#unfinished.all()) {
      this.#kept.set(place, text);
      this.#composer.editorOf(place).setText(text);
    }
  }

  /** Something may have been typed. */
  changed(): void {
    this.#changed.ring();
  }

  /** Writes down what changes, until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#changed.wait(this.#clock, { signal });
      await this.#clock.sleep(DRAFTS_MS, { signal });
      await this.keep();
    }
  }

  /** Writes down what has changed, after what is being written already. */
  keep(): Promise<void> {
    const keeping = this.#keeping.catch(() => undefined).then(() => this.#keep());
    this.#keeping = keeping;
    return keeping;
  }

  async #keep(): Promise<void> {
    for (const [place, text] of this.#composer.texts()) {
      if ((this.#kept.get(place) ?? "") === text) continue;
      this.#kept.set(place, text);
      await this.#unfinished.keep(place, text);
    }
  }
}
