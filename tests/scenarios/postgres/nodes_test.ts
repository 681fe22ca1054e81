/** Two nodes of one server on one PostgreSQL: whoever is at one of them reaches who is at the other. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { newBroadcastId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { NatsLine } from "../../../lib/server/bus/nats_line.ts";
import { Operator } from "../../../lib/server/health/operator.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { hasNats, NatsServer } from "../../kit/nats.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { openPair, RawMember } from "../../kit/raw_conversation.ts";
import { seeded } from "../../kit/seeded.ts";
import type { TestServer } from "../../kit/test_server.ts";
import { openNodes } from "../../kit/two_nodes.ts";

/** Alice at the first node, Bob at the second. */
async function openApart(one: TestServer, two: TestServer) {
  const { alice, bob: near, conversation } = await openPair(one);
  await near.client.close();
  const bob = new RawMember(near.account, await ready(two, near.account));
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  return { alice, bob, conversation };
}

function seqsOf({ client }: RawMember): number[] {
  return client.waiting.filter(({ header }) => header.kind === "relay.envelope")
    .map(({ header }) => Number(header.seq));
}

const overNats = postgresTest(
  "two nodes over NATS: texts go both ways, a kick at one ends the session at the other, and a NATS that is killed costs nothing",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const nats = owner.use(await NatsServer.start());
    const line = () => NatsLine.open(nats.choice);
    const [one, two] = await openNodes(postgres, { line, owner });
    const { alice, bob, conversation } = await openApart(one, two);
    await alice.send(conversation, "there");
    await until(() => seqsOf(bob).includes(2));
    await bob.send(conversation, "and back");
    await until(() => seqsOf(alice).includes(3));

    await nats.kill();
    await until(() => !one.parts.bus.isUp && !two.parts.bus.isUp);
    await alice.send(conversation, "while it is away");
    await until(() => seqsOf(bob).includes(4));
    await nats.resume();
    await until(() => one.parts.bus.isUp && two.parts.bus.isUp);
    await alice.send(conversation, "once it is back");
    await until(() => seqsOf(bob).includes(5));
    deepEqual(seqsOf(bob), [1, 2, 4, 5]);

    const { accountId } = bob.account.person;
    await one.parts.moderation.kick("operator", accountId, {
      reason: "Enough",
      forSeconds: undefined,
    });
    const { header } = await bob.client.next("moderation.dismissed");
    equal(header.code, "kicked");
    await until(() => two.parts.sessions.of(accountId).length === 0);
    ok(one.parts.sessions.of(alice.account.person.accountId).length > 0, "only who was kicked");
    deepEqual([one.faults, two.faults], [[], []]);
  },
);
Deno.test({ ...overNats, ignore: overNats.ignore === true || !hasNats() });

const MESSAGES = 40;

Deno.test(postgresTest(
  "two nodes over lines that lose, double, delay and reorder everything: each envelope comes once, in order",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub(seeded(3));
    owner.defer(() => hub.close());
    const [one, two] = await openNodes(postgres, { line: () => hub.line(), owner });
    const { alice, bob, conversation } = await openApart(one, two);
    const said: { alice: number[]; bob: number[] } = { alice: [], bob: [] };
    await Promise.all(Array.from({ length: MESSAGES }, async (_, i) => {
      const who = i % 3 === 0 ? "bob" : "alice";
      const { header } = await { alice, bob }[who].send(conversation, `text ${i}`);
      said[who].push(Number(header.seq));
    }));
    const inOrder = (seqs: number[]) => seqs.sort((left, right) => left - right);
    await until(() => seqsOf(bob).length >= said.alice.length + 1);
    await until(() => seqsOf(alice).length >= said.bob.length);
    deepEqual(seqsOf(bob), [1, ...inOrder(said.alice)]);
    deepEqual(seqsOf(alice), inOrder(said.bob));
    const { lost, doubled, late } = hub.faults;
    ok(lost > 0 && doubled > 0 && late > 0, JSON.stringify(hub.faults));
  },
));

/** What a client was told of, by kind, in order. */
function told({ client }: RawMember, kind: string, field: string): unknown[] {
  return client.waiting.filter(({ header }) => header.kind === kind)
    .map(({ header }) => header[field]);
}

interface Change {
  readonly account: string;
  readonly change: string;
}

function changesOf(member: RawMember): string[] {
  return (told(member, "roster.change", "changes") as Change[][]).flat()
    .map(({ account, change }) => `${account} ${change}`);
}

/** What happens at one node is seen at the other: who comes, goes and is new, broadcasts, notices of the server. */
async function seeEachOther(one: TestServer, two: TestServer): Promise<void> {
  const { alice, bob } = await openApart(one, two);
  /** Until it is so: the clocks of both go on meanwhile. */
  const soon = (isSo: () => boolean) =>
    until(async () => {
      for (const { clock } of [one, two]) await clock.advance(250);
      return isSo();
    });
  await soon(() => one.parts.presence.onlineCount === 2 && two.parts.presence.onlineCount === 2);
  const { header: { entries, total } } = await bob.client.ask("roster.page", { onlineOnly: true });
  deepEqual([(entries as { name: string }[]).map(({ name }) => name), total], [
    ["alice", "bob"],
    2,
  ]);

  // The operator of either sees all.
  const operator = new Operator(two.parts, two.host);
  await soon(() => operator.nodes.every(({ people }) => people === 1));
  deepEqual(operator.nodes.map(({ name, isOwn }) => [name, isOwn]), [["b", true], ["a", false]]);
  deepEqual(
    (await operator.active()).map(({ name, sessions, connections }) => [
      ...[name, sessions, connections.map(({ node }) => node)],
    ]),
    [["alice", 1, ["a"]], ["bob", 1, [undefined]]],
  );

  const carol = await registered(two, "carol", { which: 2 });
  const carols = await ready(two, carol);
  await soon(() => changesOf(alice).includes("carol online"));
  // News that were lost are said again.
  await soon(() => changesOf(alice).includes("carol registered"));
  await carols.close();
  await soon(() => changesOf(alice).includes("carol offline"));

  equal(await one.parts.presence.notifyAll("Supper is ready"), 2);
  await until(() => told(bob, "server.notice", "text").includes("Supper is ready"));
  for (let number = 1; number <= 3; number++) {
    const server = number === 2 ? two : one;
    const { accountId: account } = (number === 2 ? bob : alice).account.person;
    const stored = { account, statement: new Uint8Array([number]), nowMs: number };
    const added = await server.parts.store.addBroadcast({
      ...stored,
      id: newBroadcastId(systemRandom),
    });
    ok(!("sanction" in added));
    await server.parts.broadcasts.tell({ ...added, statement: stored.statement });
  }
  for (const member of [alice, bob]) {
    await until(() => told(member, "broadcast.message", "number").length >= 3);
    deepEqual(told(member, "broadcast.message", "number"), [1, 2, 3]);
  }
}

const seenOverNats = postgresTest(
  "two nodes over NATS: who is at one is online at the other, and broadcasts and notices reach both",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const nats = owner.use(await NatsServer.start());
    const [one, two] = await openNodes(postgres, { line: () => NatsLine.open(nats.choice), owner });
    await seeEachOther(one, two);
  },
);
Deno.test({ ...seenOverNats, ignore: seenOverNats.ignore === true || !hasNats() });

Deno.test(postgresTest(
  "two nodes over bad lines: who is at one is online at the other, and broadcasts and notices reach both, once",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub(seeded(5));
    owner.defer(() => hub.close());
    const [one, two] = await openNodes(postgres, { line: () => hub.line(), owner });
    await seeEachOther(one, two);
    ok(hub.faults.lost > 0, JSON.stringify(hub.faults));
  },
));
