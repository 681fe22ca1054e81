/** Which message the keys are about, which long texts are shown whole, and what was found. The state; `message_actions` uses it. */

import { type Item, type Model, pageOf, type Place } from "../../app/conversations/model.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { TimelineOptions } from "./timeline.ts";

/** What was searched for and found, the newest first, and which of it is looked at. */
export interface Found {
  readonly words: string;
  readonly entries: readonly PlacedEntry[];
  readonly at: number;
}

/** One for a screen. */
export class MessageCursor {
  #place: Place;
  #key: string | undefined;
  readonly #unfolded = new Set<string>();
  found: Found | undefined;
  /** The same key once more does it. */
  sure: "delete" | "cancel" | undefined;
  /** What came of the last key; until the next one. */
  note = "";

  /** The message, as it is now. Whoever opens another conversation lets go of it. */
  itemIn(model: Model): Item | undefined {
    if (this.#place !== model.open) this.leave();
    if (this.#key === undefined) return undefined;
    return pageOf(model, model.open).items.findLast(({ key }) => key === this.#key);
  }

  /** How the open page is looked at. */
  lookAt(model: Model): Pick<TimelineOptions, "selected" | "unfolded" | "found"> {
    const selected = this.itemIn(model)?.key;
    const { found } = this;
    const hit = found?.entries[found.at];
    const words = found !== undefined && `${hit?.place}` === selected ? found.words : "";
    return {
      selected,
      unfolded: this.#unfolded,
      found: selected === undefined ? undefined : { key: selected, words },
    };
  }

  put(place: Place, key: string): void {
    this.#place = place;
    this.#key = key;
    this.sure = undefined;
    this.note = "";
  }

  /** The keys are the line's again. */
  leave(): void {
    this.#key = undefined;
    this.sure = undefined;
    this.note = "";
    this.found = undefined;
  }

  /** Shows a long text whole, or its beginning. */
  toggleFold(key: string): void {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
  }
}
