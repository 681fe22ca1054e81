/** The streams of a client with a server. */

import type { Client } from "../client.ts";
import { DirectLetters } from "../direct/direct_letters.ts";
import { Streams } from "./streams.ts";

/** Its live streams, over its server and past it. */
export function streamsOf(client: Client): Streams {
  const { messenger, transfers: { direct } } = client;
  return new Streams({
    messenger,
    get isOnline() {
      return client.isOnline;
    },
    get link() {
      return client.link;
    },
    flush: () => client.flush(),
    beside: {
      direct,
      letters: new DirectLetters(client.profile),
      introductions: () => direct.introductions(client, async () => void await client.flush()),
    },
  });
}
