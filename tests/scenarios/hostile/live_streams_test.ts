/** Live streams at the server, from members and senders who keep to no rule. */

import { equal, ok } from "node:assert/strict";
import { type AccountId, newStreamId, type StreamId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import {
  OUTBOX_SOFT_BYTES,
  STREAM_PART_MAX_BYTES,
  STREAM_QUEUE_BYTES,
  STREAM_UNIT_LEAST_BYTES,
  STREAM_WORD_RATE,
} from "../../../lib/protocol/limits.ts";
import { Watcher } from "../../../lib/server/media/watcher.ts";
import { RateGuard } from "../../../lib/server/counters/rate_guard.ts";
import { FakeClock } from "../../kit/clock.ts";
import { ready, signInAs } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { openPair, type RawPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

interface Scene extends RawPair {
  readonly server: TestServer;
  readonly stream: StreamId;
}

/** Alice streams, and nobody watches yet. */
async function scene(action: (scene: Scene) => Promise<void>): Promise<void> {
  await using server = await TestServer.open();
  const pair = await openPair(server);
  const stream = newStreamId(systemRandom);
  await pair.alice.client.get("stream.open", { stream, conversation: pair.conversation });
  await action({ server, stream, ...pair });
}

/** What alice sends reaches bob no more; `taken`: the server has looked at it. */
async function isKeptFrom({ stream, alice, bob }: Scene, taken: () => Promise<unknown>) {
  const place = { stream, unit: 0, size: 1, offset: 0 };
  alice.client.send({ kind: "stream.part", ...place }, new Uint8Array(1));
  await taken();
  await bob.client.get("keys.count");
  equal(waitingOf(bob.client, "stream.piece").length, 0);
}

const waitingOf = (client: RawClient, wanted: string) =>
  client.waiting.filter(({ header: { kind } }) => kind === wanted);

Deno.test("a watcher's flood of words neither cuts its sender off nor gets through", () =>
  scene(async ({ server, stream, alice, bob }) => {
    await bob.client.get("stream.join", { stream });
    for (let i = 0; i < 3_000; i++) {
      bob.client.send({ kind: "stream.word", stream }, new Uint8Array(1024));
    }
    await bob.client.get("keys.count");
    await alice.client.get("keys.count");
    equal(waitingOf(alice.client, "stream.heard").length, STREAM_WORD_RATE.burst);
    // What comes back with time comes through again, and no more.
    await server.clock.advance(1000);
    for (let i = 0; i < 10; i++) {
      bob.client.send({ kind: "stream.word", stream }, new Uint8Array(1));
    }
    await bob.client.get("keys.count");
    await alice.client.get("keys.count");
    equal(
      waitingOf(alice.client, "stream.heard").length,
      STREAM_WORD_RATE.burst + STREAM_WORD_RATE.perSecond,
    );
  }));

Deno.test("words to a sender that does not read wait where they delay no message, and are bounded", () =>
  scene(async ({ server, stream, alice, bob, conversation }) => {
    await alice.client.get("stream.leave", { stream });
    const { client, link } = server.dial();
    await client.hello();
    await signInAs(client, alice.account);
    await client.get("stream.open", { stream, conversation });
    const sender = [...server.parts.sessions].at(-1);
    link.toFar.setStalled(true);
    for (let i = 0; i < 20; i++) {
      const watcher = await ready(server, bob.account);
      await watcher.get("stream.join", { stream });
      for (let word = 0; word < STREAM_WORD_RATE.burst; word++) {
        watcher.send({ kind: "stream.word", stream }, new Uint8Array(1024));
      }
      await watcher.get("keys.count");
    }
    const { controlBytes = 0, bulkBytes = 0 } = sender?.connection ?? {};
    ok(controlBytes < 8 * 1024, `${controlBytes} bytes before a message`);
    ok(bulkBytes > 64 * 1024 && bulkBytes <= OUTBOX_SOFT_BYTES, `${bulkBytes} bytes of words`);
    link.toFar.setStalled(false);
    await client.get("keys.count");
  }));

Deno.test("a part that is neither whole nor the last ends its sender's session", () =>
  scene(async ({ stream, alice }) => {
    const size = 2 * STREAM_PART_MAX_BYTES;
    const part = { kind: "stream.part", stream, unit: 0, size, offset: 0 };
    alice.client.send(part, new Uint8Array(STREAM_PART_MAX_BYTES - 1));
    await alice.client.ended;
  }));

Deno.test("tiny units are charged as what they cost", async () => {
  await using server = await TestServer.open();
  const streamBytes = new RateGuard(server.clock, {
    burst: 10 * STREAM_UNIT_LEAST_BYTES,
    perSecond: 1,
  });
  Object.assign(server.parts, { streamBytes });
  const { alice, bob, conversation } = await openPair(server);
  const stream = newStreamId(systemRandom);
  await alice.client.get("stream.open", { stream, conversation });
  await bob.client.get("stream.join", { stream });
  for (let unit = 0; unit < 50; unit++) {
    alice.client.send({ kind: "stream.part", stream, unit, size: 1, offset: 0 }, new Uint8Array(1));
  }
  await alice.client.get("stream.leave", { stream });
  await bob.client.next("stream.ended");
  equal(waitingOf(bob.client, "stream.piece").length, 10);
});

Deno.test("what waits for a watcher is bounded in number too, however small it is", () => {
  const packets: unknown[] = [];
  const line = {
    connection: {
      send: (packet: unknown) => packets.push(packet),
      whenBelow: () => new Promise<void>(() => {}),
    },
    push() {},
  } as unknown as Watcher["line"];
  const watcher = new Watcher(line, {
    stream: "x",
    account: "bob" as AccountId,
    clock: new FakeClock(),
    onEnded() {},
  });
  const [payload, packet] = [new Uint8Array(1), new Uint8Array(100)];
  for (let unit = 0; unit < 20_000; unit++) {
    watcher.offer({ unit, isFirst: true, unitBytes: 1, payloadBytes: 1, payload, packet });
  }
  const most = STREAM_QUEUE_BYTES / STREAM_UNIT_LEAST_BYTES;
  ok(watcher.queuedParts <= most, `${watcher.queuedParts} parts wait`);
  equal(watcher.dropped, 20_000 - watcher.queuedParts);
});

Deno.test("who is removed while joining a stream anew does not watch it", () =>
  scene(async (scene) => {
    const { server, stream, alice, bob, conversation } = scene;
    const account = bob.account.person.accountId;
    await bob.client.get("stream.join", { stream });
    // Between the question whether bob is a member and his place among the watchers.
    const { store, streams } = server.parts;
    const find = store.findGroup.bind(store);
    let asked = 0;
    store.findGroup = async (wanted) => {
      if (wanted.account !== account) return await find(wanted);
      asked++;
      if (asked > 1) return undefined;
      const found = await find(wanted);
      streams.removed(conversation, [account]);
      return found;
    };
    equal(await bob.client.refused("stream.join", { stream }), "unknown-stream");
    await isKeptFrom(scene, () => alice.client.next("stream.passed"));
  }));

Deno.test("a sender who is removed from the conversation streams to nobody any more", () =>
  scene(async (scene) => {
    const { server, stream, alice, bob, conversation } = scene;
    await bob.client.get("stream.join", { stream });
    server.parts.streams.removed(conversation, [alice.account.person.accountId]);
    equal((await bob.client.next("stream.ended")).header.reason, "lost");
    equal(server.parts.streams.count, 0);
    equal(await bob.client.refused("stream.join", { stream }), "unknown-stream");
    await isKeptFrom(scene, () => alice.client.get("keys.count"));
    // Its end, once more by itself, takes away nobody else's stream of this id.
    await bob.client.get("stream.open", { stream, conversation });
    await alice.client.ask("stream.leave", { stream });
    equal(server.parts.streams.count, 1);
  }));

for (
  const fields of [
    { stream: "zz".repeat(16) },
    { stream: "00".repeat(15) },
    { stream: 7 },
    {},
  ]
) {
  Deno.test(`a stream of no readable id is refused: ${JSON.stringify(fields)}`, () =>
    scene(async ({ alice, conversation }) => {
      for (const kind of ["stream.open", "stream.join", "stream.leave"]) {
        const asked = kind === "stream.open" ? { ...fields, conversation } : fields;
        equal(await alice.client.refused(kind, asked), "bad-message");
      }
    }));
}

for (
  const [what, wrong] of [
    ["negative", { unit: -1, size: 1, offset: 0 }],
    ["fractional", { unit: 0.5, size: 1, offset: 0 }],
    ["giant", { unit: 0, size: 1e300, offset: 0 }],
    ["text", { unit: "0", size: 1, offset: 0 }],
    ["missing", { unit: 0, size: 1 }],
  ] as const
) {
  Deno.test(`a part whose number is ${what} ends its sender's session and nobody else's`, () =>
    scene(async ({ stream, alice, bob }) => {
      await bob.client.get("stream.join", { stream });
      alice.client.send({ kind: "stream.part", stream, ...wrong }, new Uint8Array(1));
      await alice.client.ended;
      equal((await bob.client.next("stream.ended")).header.reason, "lost");
      await bob.client.get("keys.count");
    }));
}
