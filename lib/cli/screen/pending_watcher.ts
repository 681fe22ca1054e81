/** What is looked at now and then, and told when it has changed: files on their way, and what others ask. */

import type { Client } from "../../client/client.ts";
import { Asks, type DueAnswer } from "../requests/asks.ts";
import type { ScreenNews } from "./talk_face.ts";
import { transferWords } from "./transfer_words.ts";

/** One for a screen. */
export class PendingWatcher {
  readonly #client: Client;
  readonly #asks: Asks;
  #transfers = "";
  #asked = "[]";

  constructor(client: Client) {
    this.#client = client;
    this.#asks = new Asks(client);
  }

  /** Somebody may have been invited, or an invitation answered. */
  roomsChanged(): void {
    this.#asks.roomsChanged();
  }

  /** What is different since the last look, what the person's rules answer, and whether something waits for the person. */
  async look(): Promise<
    {
      readonly news: readonly ScreenNews[];
      readonly due: readonly DueAnswer[];
      readonly isWaiting: boolean;
    }
  > {
    const news: ScreenNews[] = [];
    const { transfers } = this.#client;
    const words = transferWords(await transfers.active(), (id) => transfers.progressOf(id));
    if (words !== this.#transfers) news.push({ type: "transfers", words });
    this.#transfers = words;
    const { asks, due } = await this.#asks.look();
    const asked = JSON.stringify(asks);
    if (asked !== this.#asked) news.push({ type: "asks", asks });
    this.#asked = asked;
    return { news, due, isWaiting: asks.length > 0 };
  }
}
