/** A server that drops, repeats, reorders, moves or relabels envelopes: each leaves a trace, and nothing is shown wrongly. */

import assert from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import type { Packet } from "../../../lib/protocol/packet.ts";
import { type Hooks, injecting, type Pass } from "../../kit/man_in_the_middle.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";

/** Runs `change` on what is delivered to a client; it passes on what it likes. */
function delivering(change: (packet: Packet, pass: Pass) => void): Hooks {
  return {
    down(packet, pass) {
      if (packet.header.kind === "relay.envelope") change(packet, pass);
      else pass(packet.header, packet.payload);
    },
  };
}

/** Bob is away while alice says these, then receives through the hooks. */
async function receives(talk: Pair, texts: readonly string[], middle: Hooks): Promise<TestClient> {
  const { alice, bob } = talk;
  await bob.disconnect();
  for (const text of texts) await alice.say(bob, text);
  await bob.connect({ middle });
  await bob.client.sync();
  return bob;
}

async function news(client: TestClient): Promise<readonly string[]> {
  return (await client.received()).slice(1);
}

const at = (texts: readonly string[], place: number) => {
  let count = 0;
  return () => texts[count++] === texts[place];
};

Deno.test("SR-28: a dropped message is told when everything that waited was read", async () => {
  await using talk = await openTalk();
  const texts = ["one", "two", "three"];
  const isDropped = at(texts, 1);
  const bob = await receives(
    talk,
    texts,
    delivering(({ header, payload }, pass) => {
      if (!isDropped()) pass(header, payload);
    }),
  );
  assert.deepEqual(await news(bob), ["one", "three"]);
  assert.deepEqual(await bob.notices(), ["missing"]);
  await bob.client.sync();
  assert.deepEqual(await bob.notices(), ["missing"]);
});

Deno.test("SR-28: a message that was told as missing is shown when it comes yet", async () => {
  await using talk = await openTalk();
  const isHeldBack = at(["one", "two", "three"], 1);
  let heldBack: Packet | undefined;
  const bob = await receives(
    talk,
    ["one", "two", "three"],
    delivering((packet, pass) => {
      if (isHeldBack()) heldBack = packet;
      else pass(packet.header, packet.payload);
    }),
  );
  assert.deepEqual(await bob.notices(), ["missing"]);
  assert(heldBack !== undefined);
  const { header, payload } = heldBack;
  await bob.connect({ middle: injecting({ ...header, seq: 50 }, payload) });
  await bob.client.sync();
  assert.deepEqual(await news(bob), ["one", "three", "two"]);
  assert.deepEqual(await bob.notices(), ["missing"]);
});

Deno.test("SR-28: reordered messages are all shown, and none is missing", async () => {
  await using talk = await openTalk();
  const held: Packet[] = [];
  const bob = await receives(
    talk,
    ["one", "two", "three"],
    delivering((packet, pass) => {
      held.push(packet);
      if (held.length < 3) return;
      // Under the numbers in which they now come.
      const seqs = held.map(({ header }) => header.seq);
      for (const [i, place] of [2, 0, 1].entries()) {
        const { header, payload } = held[place];
        pass({ ...header, seq: seqs[i] }, payload);
      }
    }),
  );
  assert.deepEqual(await news(bob), ["three", "one", "two"]);
  assert.deepEqual(await bob.notices(), []);
});

Deno.test("SR-24: a redelivered number is not processed again", async () => {
  await using talk = await openTalk();
  const bob = await receives(
    talk,
    ["one", "two"],
    delivering(({ header, payload }, pass) => {
      pass(header, payload);
      pass(header, payload);
    }),
  );
  assert.deepEqual(await news(bob), ["one", "two"]);
  assert.deepEqual(await bob.notices(), []);
});

Deno.test("SR-28: a message that is repeated under another number is dropped, with a line", async () => {
  await using talk = await openTalk();
  const bob = await receives(
    talk,
    ["one"],
    delivering(({ header, payload }, pass) => {
      pass(header, payload);
      pass({ ...header, seq: Number(header.seq) + 1 }, payload);
    }),
  );
  assert.deepEqual(await news(bob), ["one"]);
  assert.deepEqual(await bob.notices(), ["repeated"]);
});

Deno.test("SR-28: an envelope under another id is not shown, nor confirmed", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  const bob = await receives(
    talk,
    ["one"],
    delivering(({ header, payload }, pass) => {
      pass({ ...header, envelope: "ab".repeat(16) }, payload);
    }),
  );
  assert.deepEqual(await news(bob), []);
  assert.deepEqual(await bob.notices(), ["unreadable"]);
  await alice.client.sync();
  const states = alice.client.profile.database.query(
    "SELECT state FROM delivery ORDER BY place",
    (row) => row.text("state"),
  ).all();
  assert.deepEqual(states, ["delivered", "sent"]);
});

Deno.test("SR-11: the sender is whoever sealed it, whatever the server says", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  await (await talk.world.client("carol", 2)).connect();
  const bob = await receives(
    talk,
    ["it is me"],
    delivering(({ header, payload }, pass) => {
      pass({ ...header, account: "carol", device: "cd".repeat(16) }, payload);
    }),
  );
  const entry = (await bob.entries()).at(-1);
  assert.equal(entry?.from, "alice");
  assert.equal(entry?.device, alice.client.profile.own.device);
});

Deno.test("SR-24: an envelope in another conversation is a visible gap, and stops nothing", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.say(bob, "hello from carol");
  await bob.client.sync();
  const other = bob.messenger.conversations.openWith(carol.account)?.conversation;
  assert(other !== undefined);
  await receives(
    talk,
    ["for us"],
    delivering(({ header, payload }, pass) => {
      pass({ ...header, conversation: other, seq: 99 }, payload);
    }),
  );
  assert.equal((await bob.received()).includes("for us"), false);
  const lines = (await bob.entries()).filter(({ id }) => id === "unreadable");
  assert.deepEqual(lines.map(({ peer }) => peer), ["carol"]);
});

Deno.test("SR-25: three messages of the present epoch that do not open hold the conversation", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  const bob = await receives(
    talk,
    ["one", "two", "three", "four"],
    delivering(({ header, payload }, pass) => {
      payload[payload.length - 1] ^= 1;
      pass(header, payload);
    }),
  );
  assert.deepEqual(await news(bob), []);
  assert.deepEqual(await bob.notices(), [
    "unreadable",
    "unreadable",
    "unreadable",
    "fork",
    "unreadable",
  ]);
  assert.equal(bob.stateWith(alice), "out-of-step");
  const id = await bob.client.write(alice.account, "held");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "out-of-step");
  assert.equal(bob.client.deliveryOf(id), "queued");

  // The person decides; then it goes on.
  const contact = await bob.messenger.contacts.find(alice.account);
  assert(contact !== undefined);
  await bob.client.beginAnew(contact);
  await bob.client.flush();
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "held");
});

Deno.test("SR-25: two that do not open are gaps, and the count begins anew with one that does", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  let count = 0;
  const bob = await receives(
    talk,
    ["x", "x", "good", "x", "x", "good"],
    delivering(({ header, payload }, pass) => {
      if (++count % 3 !== 0) payload[payload.length - 1] ^= 1;
      pass(header, payload);
    }),
  );
  assert.deepEqual(await news(bob), ["good", "good"]);
  assert.equal(bob.stateWith(alice), "active");
});

Deno.test("SR-24: envelopes of noise become gaps and are acknowledged", async () => {
  await using talk = await openTalk();
  const noise: Bytes[] = [0, 1, 40, 3000].map((length) => {
    const bytes = new Uint8Array(length);
    crypto.getRandomValues(bytes);
    return bytes;
  });
  let sent = 0;
  const acknowledged: unknown[] = [];
  const bob = await receives(talk, ["real"], {
    up({ header, payload }, pass) {
      if (header.kind === "relay.acknowledge") acknowledged.push(header.seq);
      pass(header, payload);
    },
    ...delivering(({ header, payload }, pass) => {
      pass(header, payload);
      for (const body of noise) {
        sent++;
        // Old enough to be no sign of a fork.
        pass({ ...header, seq: Number(header.seq) + sent, epoch: 0 }, body);
      }
    }),
  });
  assert.deepEqual(await news(bob), ["real"]);
  assert.deepEqual(await bob.notices(), noise.map(() => "unreadable"));
  assert.equal(acknowledged.length > 0, true);
});

Deno.test("SR-24: what is of no known conversation is put aside, within bounds", async () => {
  await using talk = await openTalk();
  const { bob } = talk;
  await receives(
    talk,
    ["real"],
    delivering(({ header, payload }, pass) => {
      for (let seq = 1; seq <= 1100; seq++) {
        pass({ ...header, conversation: "ef".repeat(32), seq }, new Uint8Array(10_000));
      }
      pass(header, payload);
    }),
  );
  assert.deepEqual(await news(bob), ["real"]);
  const { envelopes, bytes } = bob.client.profile.database.query(
    "SELECT count(*) AS envelopes, sum(length(body)) AS bytes FROM parked",
    (row) => ({ envelopes: row.integer("envelopes"), bytes: row.integer("bytes") }),
  ).first() ?? { envelopes: 0, bytes: 0 };
  assert(envelopes <= 1000 && bytes <= 8 * 1024 * 1024, `${envelopes} envelopes, ${bytes} bytes`);
});

Deno.test("SR-27: a server that says sent and delivers nothing leaves it at sent", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  let number = 0;
  await alice.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send") return pass(header, payload);
        answer({ kind: "relay.sent", request: header.request, seq: 90 + ++number, atMs: 1 });
      },
    },
  });
  const id = await alice.say(bob, "into the void");
  await bob.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
});

Deno.test("SR-23: a lower outbox number than the own changes nothing, a higher one only renews keys", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const claiming = (highestNumber: number): Hooks => ({
    down({ header, payload }, pass) {
      const claim = header.kind === "login.device-done" ? { highestNumber } : {};
      pass({ ...header, ...claim }, payload);
    },
  });
  await alice.connect({ middle: claiming(0) });
  await alice.say(bob, "one");
  assert.deepEqual(await alice.notices(), []);
  await alice.connect({ middle: claiming(5000) });
  await alice.say(bob, "two");
  await bob.client.sync();
  assert.deepEqual(await news(bob), ["one", "two"]);
  assert.deepEqual(await alice.notices(), ["restored"]);
  assert.deepEqual(await bob.notices(), ["restarted"]);
});

Deno.test("SR-47: a session whose end is still on its way says nothing, and what waits goes out after the next sign-in", async () => {
  await using talk = await openTalk();
  const { alice, bob, world } = talk;
  const { account, device } = alice.client.profile.own;
  const { store } = world.server.parts;
  // Another node has it done: its word to end this session is not here yet.
  const next = { account, passwordRecord: "another", keepDevice: device };
  assert.equal(await store.replacePassword(next), 1);
  await alice.say(bob, "by a right of before");
  await bob.client.sync();
  assert.deepEqual(await news(bob), []);
  await alice.disconnect();
  await alice.connect();
  await alice.client.flush();
  await bob.client.sync();
  assert.deepEqual(await news(bob), ["by a right of before"]);
});
