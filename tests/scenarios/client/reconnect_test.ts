/** How long a client waits before it dials again. */

import assert from "node:assert/strict";
import { Channel } from "../../../lib/base/channel.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { type ConnectionNews, stayConnected } from "../../../lib/client/reconnect.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair, type TestClient } from "../../kit/test_client.ts";

/** The waits between `tries` connections. Each goes through `middle`, and is cut when all that waited was read. */
async function waits(client: TestClient, tries: number, middle: Hooks = {}): Promise<number[]> {
  const waited: number[] = [];
  const stop = new AbortController();
  await client.disconnect();
  const staying = stayConnected(client.client, {
    signal: stop.signal,
    connect: async () => {
      await client.connect({ middle });
    },
    onNews(news) {
      if (news.state === "offline") waited.push(news.retryMs);
      else client.link?.cut();
    },
  });
  for (let i = 0; i < 200 && waited.length < tries; i++) await client.world.clock.advance(500);
  stop.abort();
  await assert.rejects(staying);
  // The last step of the clock may be long enough for two waits.
  return waited.slice(0, tries);
}

Deno.test("a client whose connections end before they are of use waits longer each time", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  const waited = await waits(alice, 7, {
    up({ header, payload }, pass) {
      if (header.kind === "relay.subscribe") alice.link?.cut();
      else pass(header, payload);
    },
  });
  assert.equal(waited.length, 7);
  for (const [i, ms] of waited.entries()) {
    // Half of it is drawn, and nobody waits longer than half a minute.
    const longest = Math.min(500 * 2 ** i, 30_000);
    assert(ms >= longest / 2 && ms <= longest, `${ms}`);
  }
});

Deno.test("a client whose connection was of use comes back soon", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  const waited = await waits(alice, 4);
  assert.equal(waited.length, 4);
  assert(waited.every((ms) => ms <= 500), waited.join());
});

Deno.test("a client whose person wants to connect anew does so at once, while it waits and while it is connected", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  await alice.disconnect();
  const heard = new Channel<ConnectionNews>();
  const stop = new AbortController();
  let isDown = true;
  const staying = stayConnected(alice.client, {
    signal: stop.signal,
    connect: async () => {
      if (isDown) throw new TransportError("refused", "Nobody answers");
      await alice.connect();
    },
    onNews: (news) => heard.push(news),
  });
  const next = async () => {
    const news = await heard.next();
    return news?.state === "offline" ? [news.reason, news.retryMs > 0] : news?.state;
  };
  assert.deepEqual(await next(), ["Nobody answers", true]);
  isDown = false;
  // The clock stands still: only a person brings it on.
  await alice.client.reconnect();
  assert.equal(await next(), "online");
  await alice.client.reconnect();
  assert.deepEqual(await next(), ["Reconnecting", false]);
  assert.equal(await next(), "online");
  stop.abort();
  await assert.rejects(staying);
});
