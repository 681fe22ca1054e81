/** What the person was asked and has not answered, in the order in which it was shown: what `/y` and `/n` without a word are about. */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { askingAccounts } from "../../client/contacts/requests.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { AppEvent } from "../events.ts";

/**
 * As `/y` takes them: `3` transfer 3, `s1` stream 1, `@bob` what bob wrote, whom the person does not know, `#983` the invitation
 * to room 983. `?1` is what the front end asks of its own: no `/y` takes it by that word.
 */
type RequestWord = string;

/** A text that is sent only when the person says so. */
export interface DoubtedText {
  readonly to: { readonly peer: Peer; readonly name: string };
  readonly text: string;
}

/** Whether this is the question whether a text is to be sent. */
export function isOfText(word: RequestWord | undefined): word is RequestWord {
  return word !== undefined && word.startsWith("?");
}

/** In the order in which they were shown. Everything is read from the profile as it is now, so nothing is awaited. */
export class ShownRequests {
  readonly #client: Client;
  readonly #shown: RequestWord[] = [];
  readonly #answered = new Set<RequestWord>();
  /** At most one: whatever the person enters next drops it. */
  #doubted: { readonly word: RequestWord; readonly text: DoubtedText } | undefined;
  #doubts = 0;

  constructor(client: Client) {
    this.#client = client;
    // What came before was shown at another time, or is counted at the beginning.
    this.#shown.push(...this.#strangers(), ...this.#files(), ...this.#streams());
  }

  /** The newest that waits. */
  newest(): RequestWord | undefined {
    const waiting = new Set([...this.#strangers(), ...this.#files(), ...this.#streams()]);
    if (this.#doubted !== undefined) waiting.add(this.#doubted.word);
    for (const word of this.#shown) if (this.#isInvitation(word)) waiting.add(word);
    return this.#shown.findLast((word) => waiting.has(word));
  }

  /** An event is about to be shown. Lines of the program about offers come in the order of the offers. */
  show(event: AppEvent): void {
    if (event.type === "request") this.#add(`@${event.account}`);
    if (event.type !== "entry" || event.entry.kind !== "notice") return;
    const { id, peer } = event.entry;
    if (id === "file-offer") this.#addFirst(this.#files());
    if (id === "stream-offer") this.#addFirst(this.#streams());
    if (id === "invited") this.#add(peer);
  }

  /** The person has been asked whether this text is to be sent. */
  doubt(text: DoubtedText): void {
    this.dropDoubted();
    const word = `?${++this.#doubts}`;
    this.#doubted = { word, text };
    this.#shown.push(word);
  }

  /** The text of that question, which is answered with this; undefined when it is answered or dropped already. */
  takeDoubted(word: RequestWord): DoubtedText | undefined {
    const doubted = this.#doubted;
    if (doubted?.word !== word) return undefined;
    this.dropDoubted();
    return doubted.text;
  }

  /** Something else was entered: a later answer is not for that question. */
  dropDoubted(): void {
    const word = this.#doubted?.word;
    this.#doubted = undefined;
    if (word !== undefined) this.#shown.splice(this.#shown.indexOf(word), 1);
  }

  /** An invitation waits no more: that stands in no table here. */
  answered(word: RequestWord): void {
    this.#answered.add(word);
  }

  #isInvitation(word: RequestWord): boolean {
    if (!word.startsWith("#") || this.#answered.has(word)) return false;
    // The cast: only `show` adds words that begin so, and they are room handles.
    if (this.#client.messenger.conversations.openWith(word as Peer) === undefined) return true;
    // Entered in whatever way: whoever leaves the room is not invited by that.
    this.#answered.add(word);
    return false;
  }

  #addFirst(waiting: readonly RequestWord[]): void {
    const next = waiting.find((word) => !this.#shown.includes(word));
    if (next !== undefined) this.#add(next);
  }

  /** Once more: it is the newest again. */
  #add(word: RequestWord): void {
    const place = this.#shown.indexOf(word);
    if (place >= 0) this.#shown.splice(place, 1);
    this.#answered.delete(word);
    this.#shown.push(word);
  }

  #files(): RequestWord[] {
    return this.#client.transfers.waitingNumbers().map((number) => `${number}`);
  }

  #streams(): RequestWord[] {
    return streamsOf(this.#client).waitingNumbers().map((number) => `s${number}`);
  }

  #strangers(): RequestWord[] {
    return askingAccounts(this.#client.messenger).map((account) => `@${account}`);
  }
}
