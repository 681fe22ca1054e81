/** Two nodes of one server on one PostgreSQL: live streams, files and new devices, over a NATS that is killed and comes back. */

import { deepEqual, equal } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MAX_SPOOL_CHUNK_BYTES, SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
import { NatsLine } from "../../../lib/server/bus/nats_line.ts";
import { until } from "../../kit/cluster.ts";
import { hasNats, NatsServer } from "../../kit/nats.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { guess, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import type { TestServer } from "../../kit/test_server.ts";
import { openNodes } from "../../kit/two_nodes.ts";

const stream = "000102030405060708090a0b0c0d0e0f";
const upload = "f0e0d0c0b0a090807060504030201000";
const PASSWORD = "orbit-lantern-42";

/** A unit of one part. */
function sendUnit(client: RawClient, unit: number, bytes: Bytes): void {
  client.send({ kind: "stream.part", stream, unit, size: bytes.length, offset: 0 }, bytes);
}

/** One that comes, of those that are sent until one does: NATS is back a moment after it listens. */
async function passes(sender: RawClient, watcher: RawClient, from: number): Promise<void> {
  let unit = from;
  const bytes = systemRandom.bytes(1_000);
  await until(() => {
    sendUnit(sender, unit++, bytes);
    return watcher.waiting.some(({ header }) => header.kind === "stream.piece");
  });
  deepEqual((await watcher.next("stream.piece")).payload, bytes);
}

async function readFile(client: RawClient, sizeBytes: number): Promise<Bytes> {
  await client.get("spool.fetch", { upload, offset: 0, untilBytes: 1e9 });
  const read = new Uint8Array(sizeBytes);
  for (let offset = 0; offset < sizeBytes;) {
    const { header, payload } = await client.next("spool.piece");
    equal(header.offset, offset);
    read.set(payload, offset);
    offset += payload.length;
  }
  return read;
}

async function sendFile(client: RawClient, bytes: Bytes): Promise<void> {
  await client.get("spool.open", {
    ...{ upload, account: "bob", sizeBytes: bytes.length, again: false, opening: 1 },
  });
  for (let offset = 0; offset < bytes.length; offset += MAX_SPOOL_CHUNK_BYTES) {
    const payload = bytes.slice(offset, offset + MAX_SPOOL_CHUNK_BYTES);
    client.send({ kind: "spool.chunk", upload, opening: 1, offset }, payload);
  }
}

async function linkOver(one: TestServer, two: TestServer): Promise<void> {
  const account = await registered(one, "carol", { which: 2, password: PASSWORD });
  const device = await ready(one, account);
  const fresh = await two.handshake();
  const { finish } = await guess(fresh, "carol", PASSWORD);
  await fresh.get("login.finish", finish);
  const { link } = await fresh.get("device.link-ask", {}, utf8("sealed request"));
  equal((await device.next("device.link-news")).header.link, link);
  await device.get("device.link-answer", { link, approved: true }, utf8("sealed answer"));
  deepEqual((await fresh.next("device.link-result")).payload, utf8("sealed answer"));
}

const live = postgresTest(
  "two nodes over NATS: a stream, a file and a new device reach the other node, and a NATS that is killed costs the units meanwhile",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const nats = owner.use(await NatsServer.start());
    const [one, two] = await openNodes(postgres, { line: () => NatsLine.open(nats.choice), owner });
    const { alice: { client: alice }, bob: { account }, conversation } = await openPair(one);
    const bob = await ready(two, account);
    await alice.get("stream.open", { stream, conversation });
    await bob.get("stream.join", { stream });
    while ((await alice.next("stream.watchers")).header.count !== 1);
    await passes(alice, bob, 0);
    bob.send({ kind: "stream.word", stream }, utf8("slower, please"));
    deepEqual((await alice.next("stream.heard")).payload, utf8("slower, please"));

    const bytes = systemRandom.bytes(5 * SPOOL_BLOCK_BYTES + 3);
    await sendFile(alice, bytes);
    deepEqual(await readFile(bob, bytes.length), bytes);
    await linkOver(one, two);

    await nats.kill();
    await until(() => !one.parts.bus.isUp && !two.parts.bus.isUp);
    const { header } = await bob.ask("stream.join", { stream: "e".repeat(32) });
    equal(
      header.message,
      "This stream has ended, or whoever sends it is at another node of this server, which this one cannot reach",
    );
    sendUnit(alice, 1_000_000, systemRandom.bytes(10));
    // It was passed on, to nobody.
    await alice.get("keys.count");
    await nats.resume();
    await until(() => one.parts.bus.isUp && two.parts.bus.isUp);
    while (bob.waiting.some(({ header: { kind } }) => kind === "stream.piece")) {
      await bob.next("stream.piece");
    }
    await passes(alice, bob, 1_000_001);
    await alice.get("stream.leave", { stream });
    equal((await bob.next("stream.ended")).header.reason, "ended");
    deepEqual([one.faults, two.faults], [[], []]);
  },
);
Deno.test({ ...live, ignore: live.ignore === true || !hasNats() });
