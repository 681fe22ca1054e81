/** What is being typed survives the program: it is written down now and then, and at the end. */

import { UnfinishedTexts } from "../client/talk/unfinished.ts";
import type { Composer } from "./composer.ts";
import type { Place, Talk } from "./talk.ts";

/** Between a composer and the profile. */
export class DraftKeeper {
  readonly #composer: Composer;
  readonly #unfinished: UnfinishedTexts;
  readonly #kept = new Map<Place, string>();
  #keeping: Promise<void> = Promise.resolve();

  constructor(composer: Composer, { client }: Talk) {
    this.#composer = composer;
    this.#unfinished = new UnfinishedTexts(client.profile);
  }

  /** Puts back what was being typed when the program ended. */
  async recall(): Promise<void> {
    for (const [place, text] of await this.#unfinished.all()) {
      this.#kept.set(place, text);
      this.#composer.editorOf(place).setText(text);
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
