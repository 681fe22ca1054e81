/** The streams of a client with a server. */

import type { Client } from "./client.ts";
import { DirectControlMessages } from "./direct/control_messages.ts";
import { Streams } from "./streams/streams.ts";

/** Its live streams, over its server and past it. */
export function streamsOf(client: Client): Streams {
  const { messenger, transfers: { direct } } = client;
  return new Streams({
    messenger,
    live: client.live,
    get isOnline() {
      return client.isOnline;
    },
    get link() {
      return client.link;
    },
    flush: () => client.flush(),
    beside: {
      direct,
      controlMessages: new DirectControlMessages(client.profile),
      introductions: () => direct.introductions(client, async () => void await client.flush()),
    },
  });
}
