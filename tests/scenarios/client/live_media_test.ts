/** Live media over each way alike: a server, the peer who keeps the order of two, and a direct connection. */

import { deepEqual, equal } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import { type ConversationId, newStreamId, newUploadId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { DirectLine } from "../../../lib/client/direct/direct_line.ts";
import { ownLink } from "../../../lib/client/p2p/pair_streams.ts";
import { Sequencer } from "../../../lib/client/p2p/sequencer.ts";
import { sendDirectly, watchDirectly } from "../../../lib/client/streams/direct_ends.ts";
import type {
  PublishedEvents,
  PublishedLine,
  SubscribedEvents,
  SubscribedLine,
} from "../../../lib/client/streams/live_media.ts";
import { RelaySender, RelayWatcher } from "../../../lib/client/streams/relay_ends.ts";
import type { ByteStream } from "../../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { encodePacket } from "../../../lib/protocol/packet.ts";
import { FakeClock } from "../../kit/clock.ts";
import { scriptedLink } from "../../kit/scripted_link.ts";
import { openTalk } from "../../kit/test_client.ts";

interface Lines {
  readonly published: PublishedLine;
  readonly subscribed: SubscribedLine;
}

interface Events {
  readonly from: PublishedEvents;
  readonly to: SubscribedEvents;
}

type OpenLines = (events: Events, owned: AsyncDisposableStack) => Promise<Lines>;

/** As a pair has it: one of the two passes on, and serves itself as it serves the other. */
const overPeer: OpenLines = async ({ from, to }, owned) => {
  const clock = new FakeClock();
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const members = ["alice", "bob"].map((name, i) => ({
    ...{ account: name, name, rosterEntry: new Uint8Array(1), certificate: new Uint8Array(1) },
    identity: `${i}${i}`.repeat(32),
    device: `${i}${i}`.repeat(16),
  })) as unknown as Parameters<typeof Sequencer.open>[1]["members"];
  const order = owned.use(Sequencer.open(`${folder}/order.db`, { clock, members }));
  const links = members.map((member) => {
    const { link, served } = ownLink(clock);
    const ended = order.serve(member, served);
    owned.defer(async () => {
      await link.abandon();
      await ended;
    });
    return link;
  });
  const stream = newStreamId(systemRandom);
  const conversation = "22".repeat(32) as ConversationId;
  const [mine, theirs] = links.map((link) => ({ link, clock, stream, conversation }));
  const published = await RelaySender.open(mine, from);
  return { published, subscribed: await RelayWatcher.open(theirs, to) };
};

const overServer: OpenLines = async ({ from, to }, owned) => {
  const { alice, bob, world } = owned.use(await openTalk());
  const { conversation } = alice.messenger.conversations.openWith(bob.account)!;
  const stream = newStreamId(systemRandom);
  const [mine, theirs] = [alice, bob].map(({ client: { link } }) => ({
    ...{ link, clock: world.clock, stream, conversation },
  }));
  const published = await RelaySender.open(mine, from);
  return { published, subscribed: await RelayWatcher.open(theirs, to) };
};

const directly: OpenLines = ({ from, to }, owned) => {
  const clock = new FakeClock();
  const { near, far } = memoryLink();
  const remote = { host: "127.0.0.1", port: 1 };
  const [mine, theirs] = [near, far].map((stream) =>
    owned.use(new DirectLine({ stream, remote }, clock))
  );
  const stream = newStreamId(systemRandom);
  const subscribed = watchDirectly(theirs, { ...to, stream });
  return Promise.resolve({ subscribed, published: sendDirectly(mine, { ...from, stream, clock }) });
};

const never = new AbortController().signal;

Deno.test("live media over a direct connection overtakes a file that waits", async () => {
  const clock = new FakeClock();
  const { near, far } = memoryLink();
  const gate = Promise.withResolvers<void>();
  const slow: ByteStream = {
    read: (buffer) => near.read(buffer),
    write: async (bytes) => {
      await gate.promise;
      return await near.write(bytes);
    },
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  };
  const remote = { host: "127.0.0.1", port: 1 };
  await using sending = new DirectLine({ stream: slow, remote }, clock);
  await using receiving = new DirectLine({ stream: far, remote }, clock);
  const [stream, upload] = [newStreamId(systemRandom), newUploadId(systemRandom)];
  const arrived: string[] = [];
  const all = Promise.withResolvers<void>();
  receiving.on("direct.piece", ({ offset }) => {
    arrived.push(`piece ${offset}`);
    if (offset === 3) all.resolve();
  });
  const take = (unit: number) => void arrived.push(`unit ${unit}`);
  watchDirectly(receiving, { stream, take, refused: { malformed: 0, repeated: 0 } });
  const { lane } = sendDirectly(sending, { stream, clock, heard() {} });
  for (const offset of [0, 1, 2, 3]) {
    await sending.sendBulk("direct.piece", { upload, offset }, new Uint8Array(31_000));
  }
  await lane.send(0, utf8("now"), never);
  gate.resolve();
  await all.promise;
  // The first piece was under way already.
  deepEqual(arrived, ["piece 0", "unit 0", "piece 1", "piece 2", "piece 3"]);
});

Deno.test("the sender of a stream leaves behind what it has sent, not before it", async () => {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  let slow = Promise.withResolvers<void>();
  slow.resolve();
  const { connection, link } = scriptedLink(clock, ({ header: { kind, request, unit } }) => {
    asked.push(unit === undefined ? kind : `${kind} ${unit}`);
    const answer = kind === "stream.open" ? "stream.opened" : "stream.left";
    if (request !== undefined) connection.send(encodePacket({ kind: answer, request }), "control");
  }, () => slow.promise);
  const stream = newStreamId(systemRandom);
  const conversation = "22".repeat(32) as ConversationId;
  const published = await RelaySender.open({ link, clock, stream, conversation }, { heard() {} });
  slow = Promise.withResolvers<void>();
  await published.lane.send(0, utf8("a picture"), never);
  await published.lane.send(1, utf8("the end"), never);
  const closing = published.close();
  slow.resolve();
  await closing;
  deepEqual(asked, ["stream.open", "stream.part 0", "stream.part 1", "stream.leave"]);
  await link.abandon();
  await connection.closed;
});

for (
  const [way, open] of Object.entries({
    "a server": overServer,
    "the peer": overPeer,
    "a direct connection": directly,
  })
) {
  Deno.test(`live media over ${way}: units come whole and in their order, and feedback goes back`, async () => {
    await using owned = new AsyncDisposableStack();
    const units: (readonly [number, Bytes])[] = [];
    const refused = { malformed: 0, repeated: 0 };
    const all = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<Bytes>();
    const sent = [utf8("small"), systemRandom.bytes(100_000), utf8("last")];
    const { published, subscribed } = await open({
      from: { heard: heard.resolve },
      to: {
        refused,
        take(unit, bytes) {
          units.push([unit, bytes]);
          if (units.length === sent.length) all.resolve();
        },
      },
    }, owned);
    equal(published.subscribers, 1);
    for (const [unit, bytes] of sent.entries()) await published.lane.send(unit, bytes, never);
    await all.promise;
    deepEqual(units, [...sent.entries()]);
    subscribed.feedback(utf8("slower"));
    deepEqual(await heard.promise, utf8("slower"));
    deepEqual(refused, { malformed: 0, repeated: 0 });
    await published.close();
  });

  Deno.test(`live media over ${way}: it ends for who subscribed when who publishes ends it`, async () => {
    await using owned = new AsyncDisposableStack();
    const { published, subscribed } = await open({
      from: { heard() {} },
      to: { take() {}, refused: { malformed: 0, repeated: 0 } },
    }, owned);
    await published.close();
    await published.close();
    equal(await subscribed.ended, way === "a direct connection" ? "lost" : "ended");
    equal(published.lane.isOpen, false);
    await subscribed.close();
    await subscribed.close();
  });
}
