/**
 * A server that drops, reorders, repeats, relabels or forks for one of four members: it is shown as the way, and nobody is named
 * for it (SR-25, SR-28).
 */

import assert from "node:assert/strict";
import type { Packet } from "../../../lib/protocol/packet.ts";
import {
  assertTalk,
  conversationOf,
  countLines,
  newLines,
  openTown,
  stateOf,
  syncAll,
} from "../../kit/four_members.ts";
import type { Hooks, Pass } from "../../kit/man_in_the_middle.ts";
import { say } from "../../kit/town.ts";

/** Runs `change` on what is delivered of the room's messages. */
function delivering(change: (packet: Packet, pass: Pass) => void): Hooks {
  return {
    down(packet, pass) {
      const { kind, type } = packet.header;
      if (kind === "relay.envelope" && type === "message") change(packet, pass);
      else pass(packet.header, packet.payload);
    },
  };
}

/** What a server can do to bob alone with what dave seals, and what bob is told. */
const WAYS: readonly {
  readonly name: string;
  readonly told: readonly string[];
  readonly texts: readonly string[];
  middle(): Hooks;
}[] = [
  {
    name: "drops",
    told: ["1 message or receipt did not arrive here"],
    texts: ["one", "three"],
    middle() {
      let count = 0;
      return delivering(({ header, payload }, pass) => {
        if (++count !== 2) pass(header, payload);
      });
    },
  },
  {
    name: "reorders",
    told: [],
    texts: ["three", "one", "two"],
    middle() {
      const held: Packet[] = [];
      return delivering((packet, pass) => {
        held.push(packet);
        if (held.length < 3) return;
        const seqs = held.map(({ header }) => header.seq);
        for (const [i, place] of [2, 0, 1].entries()) {
          pass({ ...held[place].header, seq: seqs[i] }, held[place].payload);
        }
      });
    },
  },
  {
    name: "repeats",
    told: ["A repeated message was dropped"],
    texts: ["one", "two", "three"],
    middle() {
      let added = 0;
      let count = 0;
      return delivering(({ header, payload }, pass) => {
        pass({ ...header, seq: Number(header.seq) + added }, payload);
        if (++count !== 2) return;
        added = 1;
        pass({ ...header, seq: Number(header.seq) + added }, payload);
      });
    },
  },
  {
    name: "relabels",
    told: ["A message could not be read"],
    texts: ["one", "three"],
    middle() {
      let count = 0;
      return delivering(({ header, payload }, pass) => {
        pass(++count === 2 ? { ...header, envelope: "ab".repeat(16) } : header, payload);
      });
    },
  },
];

for (const { name, told, texts, middle } of WAYS) {
  Deno.test(`SR-28: a server that ${name} for one receiver is shown as the way and names nobody`, async () => {
    await using place = await openTown();
    const { alice, bob, carol, dave, clients, room } = place;
    const before = await countLines(bob, room);
    const heard = (await bob.received()).length;
    await bob.disconnect();
    for (const text of ["one", "two", "three"]) await say(dave, room, text);
    await bob.connect({ middle: middle() });
    await bob.client.sync();
    assert.deepEqual(await newLines(bob, room, before), told);
    assert.deepEqual((await bob.received()).slice(heard), texts);
    assert.equal(stateOf(bob, room), "active");
    await bob.connect();
    await syncAll(clients);
    await assertTalk(place, [alice, bob, carol, dave]);
    assert.deepEqual(await newLines(bob, room, before), told);
  });
}

Deno.test("SR-28: a server that takes a message, calls it too old and delivers both seals names nobody", async () => {
  await using place = await openTown();
  const { alice, bob, carol, dave, clients, room } = place;
  const conversation = conversationOf(dave, room);
  await bob.disconnect();
  // Dave renews his keys, and seals before and after.
  let first: Packet | undefined;
  await dave.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send" || first !== undefined) return pass(header, payload);
        first = { header, payload };
        const epoch = Number(header.epoch) + 1;
        answer({
          kind: "failure",
          request: header.request,
          code: "stale-epoch",
          message: "no",
          epoch,
        });
      },
    },
  });
  await say(dave, room, "twice");
  dave.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await dave.client.sync();
  await say(dave, room, "after");
  assert(first !== undefined);
  const before = await countLines(bob, room);
  const early = {
    kind: "relay.envelope",
    conversation,
    envelope: first.header.envelope,
    type: "message",
    epoch: first.header.epoch,
    account: "dave",
    device: dave.client.profile.own.device,
    atMs: 1,
  };
  // Once before what the server has of dave, once more behind it.
  const { payload } = first;
  let isFirst = true;
  await bob.connect({
    middle: {
      down(packet, pass) {
        const { header } = packet;
        if (header.kind === "relay.envelope" && isFirst) {
          isFirst = false;
          pass({ ...early, seq: header.seq }, payload);
        }
        const shift = header.kind === "relay.envelope" ? { seq: Number(header.seq) + 1 } : {};
        pass({ ...header, ...shift }, packet.payload);
      },
    },
  });
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(-2), ["twice", "after"]);
  assert.deepEqual(
    (await newLines(bob, room, before)).filter((line) => line !== "A repeated message was dropped"),
    [],
  );
  await bob.connect();
  await syncAll(clients);
  await assertTalk(place, [alice, carol, dave]);
});

Deno.test("SR-28: what a device sealed before it lost its state is late afterwards, and no lie", async () => {
  await using place = await openTown();
  const { bob, dave, clients, room } = place;
  await bob.disconnect();
  await say(dave, room, "before one");
  await say(dave, room, "before two");
  await dave.connect({
    middle: {
      down({ header, payload }, pass) {
        const claim = header.kind === "login.device-done" ? { highestNumber: 5000 } : {};
        pass({ ...header, ...claim }, payload);
      },
    },
  });
  for (let i = 0; i < 6; i++) await say(dave, room, `after ${i}`);
  const before = await countLines(bob, room);
  // Both of before come after all the others.
  const held: Packet[] = [];
  let last = 0;
  await bob.connect({
    middle: {
      down(packet, pass) {
        const { header, payload } = packet;
        if (header.kind === "relay.envelope") {
          last = Math.max(last, Number(header.seq));
          if (header.type === "message" && held.length < 2) {
            held.push(packet);
            return;
          }
        }
        if (header.kind === "relay.caught-up") {
          for (const { header, payload } of held.splice(0)) {
            last++;
            pass({ ...header, seq: last }, payload);
          }
        }
        pass(header, payload);
      },
    },
  });
  await bob.client.sync();
  const texts = (await bob.received()).slice(-8);
  assert.deepEqual(texts.slice(-2), ["before one", "before two"]);
  await bob.connect();
  await syncAll(clients);
  for (let i = 0; i < 3; i++) await say(dave, room, `more ${i}`);
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(-3), ["more 0", "more 1", "more 2"]);
  assert.deepEqual(await newLines(bob, room, before), [
    "A device of this conversation lost its state and started again",
  ]);
});

Deno.test("SR-25, SR-28: a server that forks for one receiver holds that receiver's room, and names nobody", async () => {
  await using place = await openTown();
  const { alice, bob, carol, dave, room } = place;
  const clients = [alice, bob, carol, dave];
  const before = await Promise.all(clients.map((client) => countLines(client, room)));
  // Bob renews his keys and is told that he was first; so is alice, and only she was.
  bob.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await bob.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "room.commit") return pass(header, payload);
        const epoch = Number(header.epoch) + 1;
        const { request, version } = header;
        answer({ kind: "room.committed", request, accepted: true, epoch, version, seq: 70 });
      },
      down({ header, payload }, pass) {
        if (header.kind !== "relay.envelope" || header.type !== "commit") pass(header, payload);
      },
    },
  });
  await bob.client.sync();
  alice.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await syncAll([alice, carol, dave]);
  for (const client of [alice, carol, dave]) await say(client, room, "in the other branch");
  await syncAll(clients);
  assert.equal(stateOf(bob, room), "out-of-step");
  const told = await newLines(bob, room, before[1]);
  assert.equal(told.filter((line) => line.startsWith("This room is out of step")).length, 1);
  assert.deepEqual(told.filter((line) => /alice|carol|dave/.test(line)), []);
  // The others go on, and blame nobody either.
  await assertTalk(place, [alice, carol, dave]);
  for (const [i, client] of clients.entries()) {
    const all = await newLines(client, room, before[i]);
    assert.deepEqual(all.filter((line) => line.includes("device of")), []);
  }
});
