import assert from "node:assert/strict";
import { LocalCounters } from "../../../lib/server/counters/counters.ts";
import { NodeCounters, type Taken } from "../../../lib/server/counters/node_counters.ts";
import { RATES } from "../../../lib/server/counters/rates.ts";
import { FakeClock } from "../../kit/clock.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";
import { seeded } from "../../kit/seeded.ts";
import { countersContract } from "./counters_contract.ts";

function open(clock: FakeClock, count: number): NodeCounters[] {
  const nodes: NodeCounters[] = Array.from({ length: count }, (_, own) => {
    const tell = (taken: Taken[]) => {
      for (const [other, node] of nodes.entries()) if (other !== own) node.hear(taken);
    };
    return new NodeCounters(new LocalCounters(clock), clock, tell);
  });
  return nodes;
}

/** Long enough for every node to have told the others. */
const TOLD_MS = 1_000;

countersContract("a node", (clock) => open(clock as FakeClock, 2)[0]);

Deno.test("what one node gave, the others do not give again", async () => {
  const clock = new FakeClock();
  const [one, two, three] = open(clock, 3);
  const { burst, perSecond } = RATES.broadcasts.limit;
  for (let i = 0; i < burst; i++) assert.equal(await one.take("broadcasts", "alice"), 0);
  await clock.advance(TOLD_MS);
  for (const node of [two, three]) {
    const seconds = await node.take("broadcasts", "alice");
    assert(seconds > 0 && seconds <= Math.ceil(1 / perSecond), `${seconds}`);
    assert.equal(await node.take("broadcasts", "bob"), 0);
  }
});

Deno.test("what nodes gave at once too much is missing later at each of them", async () => {
  const clock = new FakeClock();
  const nodes = open(clock, 4);
  const { burst, perSecond } = RATES.broadcasts.limit;
  for (const node of nodes) {
    for (let i = 0; i < burst; i++) assert.equal(await node.take("broadcasts", "alice"), 0);
  }
  await clock.advance(TOLD_MS);
  const debt = burst * (nodes.length - 1);
  for (const node of nodes) {
    const seconds = await node.take("broadcasts", "alice");
    assert(seconds > debt / perSecond - 5, `${seconds}`);
  }
  await clock.advance((debt + 1) / perSecond * 1000);
  assert.equal(await nodes[1].take("broadcasts", "alice"), 0);
});

Deno.test("an account that goes from node to node gets no more than the rate, however it draws", async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const draw = seeded(seed);
    const clock = new FakeClock();
    const nodes = open(clock, 4);
    const { burst, perSecond } = RATES.broadcasts.limit;
    let given = 0;
    const startMs = clock.monotonicMs();
    for (let i = 0; i < 500; i++) {
      const node = nodes[draw(nodes.length)];
      if (await node.take("broadcasts", "alice") === 0) given++;
      if (draw(4) === 0) await clock.advance(draw(60_000));
    }
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    // Too much once for each node at most.
    assert(given <= burst * nodes.length + perSecond * seconds, `${given} in ${seconds} s`);
    assert(given >= burst, `${given}`);
  }
});

Deno.test("a node that closes has told what was taken there", async () => {
  const clock = new FakeClock();
  const [one, two] = open(clock, 2);
  const { burst } = RATES.broadcasts.limit;
  for (let i = 0; i < burst; i++) await one.take("broadcasts", "alice");
  one.close();
  assert((await two.take("broadcasts", "alice")) > 0);
});

Deno.test("nodes tell each other over the bus what they gave", async () => {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const [one, two] = await openLocalNodes({ line: () => hub.line(), owner });
  const told = Promise.withResolvers<{ readonly taken: Taken[] }>();
  two.parts.bus.subscribe("rate.taken", told.resolve);
  const { burst } = RATES.broadcasts.limit;
  for (let i = 0; i < burst; i++) {
    assert.equal(await one.parts.counters.take("broadcasts", "alice"), 0);
  }
  await one.clock.advance(TOLD_MS);
  assert.deepEqual((await told.promise).taken, [["broadcasts", "alice", burst]]);
  assert((await two.parts.counters.take("broadcasts", "alice")) > 0);
  assert.equal(await two.parts.counters.take("broadcasts", "bob"), 0);
});
