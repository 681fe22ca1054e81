/** Journey J9: ten clients send while the server restarts. Nothing is lost, nothing comes twice. */

import assert from "node:assert/strict";
import { stayConnected } from "../../../lib/client/reconnect.ts";
import { farewellOf } from "../../../lib/server/serving/ending.ts";
import { type TestClient, World } from "../../kit/test_client.ts";

const SENDERS = 10;
const TEXTS = 6;

/** A client that comes back by itself, as the dialogue does, and sends what waits when it is back. */
function stay(client: TestClient, heard: string[], signal: AbortSignal): Promise<unknown> {
  client.client.listen((event) => {
    if (event.type === "going-away") heard.push(event.reason);
  });
  return stayConnected(client.client, {
    connect: async () => void await client.connect(),
    onNews: ({ state }) => {
      if (state === "online") client.client.flush().catch(() => {});
    },
    signal,
  }).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

Deno.test("J9: ten clients that send through a restart are told of it and come back, and nothing is lost or doubled", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "restart-" });
  {
    await using world = await World.openAt(folder);
    const dave = await (await world.client("dave", 3)).connect();
    const senders: TestClient[] = [];
    for (let i = 0; i < SENDERS; i++) {
      const which = i % 3;
      const name = ["alice", "bob", "carol"][which];
      const made = i < 3 ? world.client(name, which) : world.device(name, which);
      senders.push(await (await made).connect());
    }
    // Each device is in its account's conversation with dave before it matters.
    for (const [i, sender] of senders.entries()) {
      await sender.say(dave, `hello ${i}`);
      await dave.client.sync();
      for (const other of senders) await other.client.sync();
    }
    const stop = new AbortController();
    const heard: string[] = [];
    const staying = [...senders, dave].map((client) => stay(client, heard, stop.signal));
    const expected: string[] = [];
    const sendAll = async (round: number) => {
      for (const [i, sender] of senders.entries()) {
        const text = `${i}.${round}`;
        expected.push(text);
        await sender.client.write(dave.account, text);
        // Not awaited: the server may end in the middle of it.
        sender.client.flush().catch(() => {});
      }
    };
    for (let round = 0; round < TEXTS; round++) {
      await sendAll(round);
      if (round === 2) {
        const farewell = farewellOf({ kind: "restart", reason: "" });
        const closing = world.server.host.close(farewell, 8_000);
        await sendAll(100);
        await world.clock.advance(2_000);
        await closing;
        await world.restartServer();
      }
      await world.clock.advance(1_000);
    }
    await world.clock.advance(30_000);
    const texts = (await dave.received()).filter((text) => !text.startsWith("hello"));
    assert.deepEqual([...texts].sort(), [...expected].sort());
    assert.equal(heard.length, SENDERS + 1);
    assert.ok(heard.every((reason) => reason === "Server restarting, back in a moment"));
    for (let i = 0; i < SENDERS; i++) {
      const own = texts.filter((text) => text.startsWith(`${i}.`));
      assert.deepEqual(own, expected.filter((text) => text.startsWith(`${i}.`)), "in order");
    }
    stop.abort();
    await Promise.all(staying);
  }
  await Deno.remove(folder, { recursive: true });
});
