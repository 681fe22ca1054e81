/** Live streams between whole clients over a whole server, with the keys of their own groups. */

import { deepEqual, equal, notDeepEqual, ok, rejects } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { newStreamId, type Peer } from "../../../lib/base/ids.ts";
import { draftMessage } from "../../../lib/client/store/drafts.ts";
import { STREAM_MESSAGES } from "../../../lib/protocol/peer/stream.ts";
import { enqueueControlMessage } from "../../../lib/client/sending/sender.ts";
import type { LiveSummary } from "../../../lib/client/streams/live_counts.ts";
import { openWriter, type StreamSending } from "../../../lib/client/streams/sending.ts";
import { streamKeyNow } from "../../../lib/client/streams/stream_keys.ts";
import { type StreamRow, StreamStore } from "../../../lib/client/streams/stream_store.ts";
import { streamsOf } from "../../../lib/client/client_streams.ts";
import { takeStreamMessage } from "../../../lib/client/streams/take_stream_message.ts";
import { UnitOpener } from "../../../lib/client/streams/unit_opener.ts";
import { STREAM_OFFER_MS } from "../../../lib/protocol/limits.ts";
import { findIn, findInFolder } from "../../kit/canary.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import type { TestClient, World } from "../../kit/test_client.ts";
import { openTalk } from "../../kit/test_client.ts";
import { found, infoOf, settle, town } from "../../kit/town.ts";

const FILM_MS = 1300;
const jpeg = systemRandom.bytes(40_000);

/** Pictures of a source that ends: a file, without ffmpeg. A slow machine may have it begin anew, smaller, in the middle. */
const film: Pick<StreamSending, "capture" | "isDevice"> = {
  isDevice: false,
  capture: async ({ step: { framesPerSecond }, fromMs, onFrame }, signal) => {
    for (let index = 0; fromMs + index * 1000 / framesPerSecond < FILM_MS; index++) {
      signal.throwIfAborted();
      await onFrame({ index, widthPx: 640, heightPx: 360, jpeg });
    }
  },
};

/** Lets the world's time go on until it is so. */
async function until<Result>(
  world: World,
  promise: Promise<Result>,
  stepMs = 20,
): Promise<Result> {
  let isSettled = false;
  const settled = promise.finally(() => isSettled = true);
  settled.catch(() => {});
  while (!isSettled) await world.clock.advance(stepMs);
  return await settled;
}

async function offered(client: TestClient, world: World): Promise<StreamRow> {
  const streams = streamsOf(client.client);
  for (;;) {
    const [offer] = await streams.waiting();
    if (offer !== undefined) return offer;
    await client.client.sync();
    await world.clock.advance(20);
  }
}

/** Says yes, and watches to the end. */
async function watch({ client }: TestClient, stream: StreamRow): Promise<LiveSummary> {
  const { signal } = new AbortController();
  await using live = await streamsOf(client).accept(stream, { signal });
  return await live.play({
    show: (picture) => {
      deepEqual(picture.jpeg, jpeg);
      return Promise.resolve();
    },
  }, { signal });
}

function send({ client }: TestClient, peer: Peer) {
  const { signal } = new AbortController();
  return client.receiving(() =>
    streamsOf(client).send(peer, { source: "file", title: "film.mp4" }, { ...film, signal })
  );
}

Deno.test("rows S0.31, S0.33: a stream goes from one to the other, sealed, and both count the same", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  deepEqual([offer.title, offer.source, offer.account], ["film.mp4", "file", "alice"]);
  const seen = await until(world, watch(bob, offer));
  const sent = await until(world, sending);
  equal(sent.end, "ended");
  equal(sent.frames > 0, true);
  equal(seen.received + seen.lost, sent.frames + sent.dropped);
  equal(seen.proven, "proven");
  deepEqual(seen.refused, { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 });
  equal(new StreamStore(bob.client.profile).stateOf(offer.id) !== "open", true);
});

Deno.test("SR-56: the server learns no title, source, size or picture of a stream, and stores nothing of it", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sent: Uint8Array[] = [];
  const up: Hooks["up"] = ({ header, payload }, pass) => {
    sent.push(utf8(JSON.stringify(header)), payload);
    pass(header, payload);
  };
  await alice.connect({ middle: { up } });
  await bob.connect();
  const files = () => [...Deno.readDirSync(world.server.folder)].map(({ name }) => name).sort();
  const before = files();
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  const seen = await until(world, watch(bob, offer));
  await until(world, sending);
  equal(seen.received > 0, true);
  ok(sent.reduce((sum, { length }) => sum + length, 0) > jpeg.length, "the pictures went this way");
  for (const secret of ["film.mp4", "widthPx", jpeg.slice(500, 532)]) {
    for (const bytes of sent) deepEqual(findIn("packet", bytes, secret), [], String(secret));
  }
  for (const secret of ["film.mp4", offer.id, jpeg.slice(500, 532)]) {
    deepEqual(findInFolder(world.server.folder, secret), [], String(secret));
  }
  deepEqual(files(), before);
});

Deno.test("S0.32: a no ends a stream to one person at once", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  await streamsOf(bob.client).decline(offer);
  equal((await until(world, sending)).end, "declined");
  await rejects(streamsOf(bob.client).decline(offer), { code: "not-waiting" });
});

Deno.test("who says yes and vanishes is waited for as long as the offer holds, and no longer", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  const words = newStreamId(systemRandom);
  const fields = { stream: offer.id, accepts: true, words };
  const answer = draftMessage(STREAM_MESSAGES["stream.answer"], fields);
  await enqueueControlMessage(bob.messenger, alice.account, answer);
  await bob.client.flush();
  await bob.disconnect();
  equal((await until(world, sending, 500)).end, "vanished");
});

Deno.test("who says yes to somebody who has vanished is told so after some tries, without a connection at once", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  send(alice, bob.account).catch(() => {});
  const offer = await offered(bob, world);
  await alice.disconnect();
  await rejects(until(world, watch(bob, offer), 250), { code: "unknown-stream" });

  await alice.connect();
  send(alice, bob.account).catch(() => {});
  const another = await offered(bob, world);
  await bob.disconnect();
  await rejects(watch(bob, another), TransportError);
});

Deno.test("who watches directly only, and is not reached so, is told that", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  const { signal } = new AbortController();
  await using live = await streamsOf(bob.client).accept(offer, { mode: "only", signal });
  const watching = live.play({ show: () => Promise.resolve() }, { signal });
  const message = /No direct connection, and you chose/;
  await rejects(until(world, watching, 500), { code: "no-direct-way", message });
  await streamsOf(bob.client).leave(offer);
  await until(world, sending, 500);
});

Deno.test("an offer that nobody answers is over after its time, at both ends", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  await offered(bob, world);
  await world.clock.advance(STREAM_OFFER_MS);
  equal((await until(world, sending)).end, "unanswered");
  deepEqual(await streamsOf(bob.client).waiting(), []);
});

for (const how of ["offline", "while it leaves"] as const) {
  Deno.test(`an offer that fails ${how} reaches nobody later`, async () => {
    await using pair = await openTalk();
    const { alice, bob } = pair;
    if (how === "offline") await alice.disconnect();
    else {
      const lost = new TransportError("offline", "The connection ended");
      alice.client.flush = () => Promise.reject(lost);
    }
    let isTold = false;
    const { signal } = new AbortController();
    const sending = streamsOf(alice.client).send(
      bob.account,
      { source: "camera", title: "" },
      { ...film, signal, onOffered: () => Promise.resolve(void (isTold = true)) },
    );
    await rejects(sending, { code: "offline" });
    equal(isTold, false);
    if (how === "offline") await alice.connect();
    else Reflect.deleteProperty(alice.client, "flush");
    await alice.client.flush();
    await settle(alice, bob);
    deepEqual(await streamsOf(bob.client).waiting(), []);
    const said = await bob.messenger.history.after(0);
    deepEqual(said.filter(({ text }) => /wants to show|stream/.test(text)), []);
  });
}

Deno.test("an offer that its sender ends before an answer waits nowhere any more, and that is said", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const stop = new AbortController();
  const sending = alice.client.receiving(() =>
    streamsOf(alice.client).send(
      bob.account,
      { source: "file", title: "film.mp4" },
      { ...film, signal: stop.signal },
    )
  );
  sending.catch(() => {});
  const offer = await offered(bob, world);
  stop.abort(new DOMException("not now", "AbortError"));
  equal((await until(world, sending)).end, "stopped");
  await bob.client.sync();
  deepEqual(await streamsOf(bob.client).waiting(), []);
  const said = (await bob.messenger.history.after(0)).map(({ text }) => text);
  equal(said.at(-1), 'alice no longer wants to stream "film.mp4" to you');
  await rejects(streamsOf(bob.client).accept(offer, stop), { code: "not-waiting" });
});

Deno.test("one watcher is told of once, with however many devices", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  const sending = send(alice, bob.account);
  sending.catch(() => {});
  const offer = await offered(bob, world);
  const { profile } = alice.client;
  const answer = (device: StreamRow["device"]) =>
    takeStreamMessage(profile, {
      kind: "stream.answer",
      fields: {
        ...{ v: 1, id: "00".repeat(16), number: 1, previous: "", stream: offer.id },
        ...{ accepts: true, words: newStreamId(systemRandom) },
      },
    }, { from: bob.account, device, own: false, peer: bob.account, atMs: 0 });
  const first = await answer(bob.client.profile.own.device);
  profile.database.transaction(() => first.write?.());
  deepEqual(first.lines.map(({ text }) => text), [`${bob.account} watches your stream`]);
  const second = await answer(alice.client.profile.own.device);
  profile.database.transaction(() => second.write?.());
  deepEqual(second.lines, []);
  equal(new StreamStore(profile).answers(offer.id).length, 2);
  await until(world, sending, 500);
});

Deno.test("SR-65: the key of a stream is the same at both ends, and another for each stream and sender", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  if (conversation === undefined) throw new Error("there is no conversation");
  const id = newStreamId(systemRandom);
  const { device } = alice.client.profile.own;
  const keyAt = async (client: TestClient, about: { id: typeof id; device: typeof device }) =>
    (await streamKeyNow(client.messenger, conversation, about))?.baseKey;
  const own = await keyAt(alice, { id, device });
  deepEqual(await keyAt(bob, { id, device }), own);
  notDeepEqual(await keyAt(alice, { id: newStreamId(systemRandom), device }), own);
  notDeepEqual(await keyAt(alice, { id, device: bob.client.profile.own.device }), own);
});

Deno.test("SR-65: an offer of a stream that was there before is refused", async () => {
  await using pair = await openTalk();
  const { bob } = pair;
  const { profile } = bob.client;
  const id = newStreamId(systemRandom);
  const fields = {
    ...{ v: 1, id: "00".repeat(16), number: 1, previous: "", sentAtMs: 0 },
    ...{ stream: id, source: "file", title: "" } as const,
  };
  const take = () =>
    takeStreamMessage(profile, { kind: "stream.offer", fields }, {
      from: pair.alice.account,
      device: pair.alice.client.profile.own.device,
      own: false,
      peer: pair.alice.account,
      atMs: profile.clock.nowMs(),
    });
  const first = await take();
  profile.database.transaction(() => first.write?.());
  equal((await streamsOf(bob.client).waiting()).length, 1);
  const again = await take();
  deepEqual([again.lines[0].code, again.write], ["repeated", undefined]);
});

Deno.test("everybody in a room knows who watches a stream of it, and only its sender is told", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients, world } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  const sending = send(alice, room);
  sending.catch(() => {});
  const [atBob, atCarol] = [await offered(bob, world), await offered(carol, world)];
  const watching = watch(bob, atBob);
  const whoWatches = async () => {
    await carol.client.sync();
    return streamsOf(carol.client).watchers(atCarol);
  };
  while ((await whoWatches()).length === 0) await world.clock.advance(100);
  deepEqual(await whoWatches(), [bob.account]);
  deepEqual((await carol.notices()).filter((code) => code === "stream-accepted"), []);
  await until(world, watching);
  await until(world, sending);
  deepEqual((await alice.notices()).filter((code) => code === "stream-accepted"), [
    "stream-accepted",
  ]);
});

Deno.test("SR-66: in a room all watch one stream, and who is removed reads nothing of what follows", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients, world } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  const sending = send(alice, room);
  sending.catch(() => {});
  const offers = [await offered(bob, world), await offered(carol, world)];
  const watching = Promise.all([watch(bob, offers[0]), watch(carol, offers[1])]);
  const seen = await until(world, watching);
  const sent = await until(world, sending);
  equal(sent.watchers >= 1, true);
  for (const { received, lost, proven } of seen) {
    deepEqual([received + lost, proven], [sent.frames + sent.dropped, "proven"]);
  }
  // Keys, as a second stream has them before and after carol is removed.
  const conversation = alice.messenger.conversations.openWith(room)?.conversation;
  if (conversation === undefined) throw new Error("there is no conversation");
  const id = newStreamId(systemRandom);
  const { device } = alice.client.profile.own;
  const writer = openWriter(alice.messenger, conversation, id);
  const openers = [bob, carol].map(({ messenger }) =>
    new UnitOpener({
      epoch: () => messenger.groups.epochOf(conversation),
      key: () => streamKeyNow(messenger, conversation, { id, device }),
    }, { stream: id, clock: world.clock })
  );
  const frame = (index: number) =>
    writer.seal("stream.frame", { index, ptsMs: index, width: 4, height: 4 }, jpeg);
  const before = await frame(0);
  for (const opener of openers) equal((await opener.open(before))?.kind, "stream.frame");
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await settle(alice, bob);
  const after = await frame(1);
  equal((await openers[0].open(after))?.kind, "stream.frame");
  equal(await openers[1].open(after), undefined);
  await carol.client.sync();
  equal(await openers[1].open(await frame(2)), undefined);
  deepEqual(openers[1].refused.unknownKey, 2);
});
