/** A client that dies at any point of sending and receiving loses nothing and says nothing twice (SR-20, SR-21, SR-24). */

import assert from "node:assert/strict";
import { type Bytes, encodeBase64 } from "../../../lib/base/bytes.ts";
import { exchange } from "../../kit/exchanging.ts";
import { keyUsedBy } from "../../kit/generations.ts";
import { countMoments, type Moment, until } from "../../kit/sudden_death.ts";
import { openPair, openTalk, type TestClient } from "../../kit/test_client.ts";

const MOMENTS: readonly Moment[] = ["write", "packet up", "packet down"];
/** Every point when there is time. */
const STRIDE = Deno.env.get("SLOW") === "1" ? 1 : 3;

/** Lines that would mean that a key was used twice, a message was lost, or the group is torn. */
const BAD = ["fork", "missing", "repeated", "unreadable", "chain-broken", "refused-commit"];

async function assertWell(...clients: TestClient[]): Promise<void> {
  for (const client of clients) {
    const bad = (await client.notices()).filter((code) => BAD.includes(code));
    assert.deepEqual(bad, []);
  }
}

/** The next start of the program, once the lease of the killed one has run out. */
async function comeBack(client: TestClient): Promise<void> {
  await client.world.clock.advance(11_000);
  await client.restart();
  await client.connect();
}

/** The last moments may not come when an earlier round has left less to do. */
function assertDeaths(deaths: number, moments: number): void {
  assert(deaths >= moments / STRIDE / 2, `${deaths} deaths in ${moments} moments`);
}

for (const moment of MOMENTS) {
  Deno.test(`SR-20, SR-24: alice dies at each ${moment} of sending and receiving, and goes on`, async () => {
    await using talk = await openTalk();
    const { alice, bob } = talk;
    const fromAlice: string[] = [];
    const fromBob: string[] = [];
    const sent = new Map<string, Bytes>();
    let round = 0;
    const speak = async () => {
      round++;
      for (const i of [1, 2]) {
        const text = `${round}.${i} from alice`;
        await alice.client.write(bob.account, text);
        fromAlice.push(text);
      }
      await alice.client.flush();
      await alice.client.sync();
    };
    const bobSpeaks = async () => {
      for (const i of [1, 2]) {
        const text = `${round}.${i} from bob`;
        await bob.say(alice, text);
        fromBob.push(text);
      }
    };
    await bobSpeaks();
    const moments = await countMoments(alice, moment, speak);
    assert(moments > 5, `${moments} moments`);
    let deaths = 0;
    for (let at = 1; at <= moments; at += STRIDE) {
      await bobSpeaks();
      const onSent = (body: Bytes) => sent.set(encodeBase64(body), body);
      deaths += await until(alice, { moment, at, onSent }, speak) ? 1 : 0;
      await comeBack(alice);
      await exchange(alice, bob, alice, bob);
      const said = (await bob.received()).slice(1);
      // A text whose writing was interrupted may be there or not; it is never there twice.
      assert.deepEqual(
        said.filter((text) => fromAlice.includes(text)),
        fromAlice,
        `${moment} ${at}`,
      );
      assert.equal(new Set(said).size, said.length);
      assert.deepEqual((await alice.received()).slice(1), fromBob, `${moment} ${at}`);
      await assertWell(alice, bob);
    }
    assertDeaths(deaths, moments);
    // What left twice were the same bytes; no two messages had the same key.
    const conversation = bob.messenger.conversations.openWith(alice.account)?.conversation;
    const group = conversation && await bob.messenger.groups.load(conversation);
    assert(group !== undefined && sent.size > 5);
    const keys = await Promise.all([...sent.values()].map((body) => keyUsedBy(group.state, body)));
    assert.equal(new Set(keys).size, keys.length);
  });

  Deno.test(`SR-19, SR-21: alice dies at each ${moment} of beginning a conversation, and goes on`, async () => {
    await using pair = await openPair();
    const { world, alice } = pair;
    const begin = (name: string) => async () => {
      const { account } = await alice.client.findContact(name);
      await alice.client.write(account, `hello ${name}`);
      await alice.client.flush();
      await alice.client.sync();
    };
    await (await world.client("first", 1)).connect();
    const moments = await countMoments(alice, moment, begin("first"));
    let deaths = 0;
    for (let at = 1; at <= moments; at += STRIDE) {
      const name = `peer${at}`;
      const peer = await (await world.client(name, 1 + at % 3)).connect();
      deaths += await until(alice, { moment, at }, begin(name)) ? 1 : 0;
      await comeBack(alice);
      const isWritten = (await alice.texts()).includes(`alice: hello ${name}`);
      await exchange(alice, peer, alice);
      assert.deepEqual(
        await peer.received(),
        isWritten ? [`hello ${name}`] : [],
        `${moment} ${at}`,
      );
      await alice.say(peer, "and again");
      await exchange(peer, alice);
      assert.equal((await peer.received()).at(-1), "and again", `${moment} ${at}`);
      await assertWell(alice, peer);
      await peer.disconnect();
    }
    assertDeaths(deaths, moments);
  });

  Deno.test(`SR-18, SR-24: bob dies at each ${moment} of taking up a conversation, and goes on`, async () => {
    await using pair = await openPair();
    const { world, alice } = pair;
    const first = await world.client("first", 1);
    await first.connect();
    await alice.say(first, "hello");
    const moments = await countMoments(first, moment, () => first.client.sync());
    let deaths = 0;
    for (let at = 1; at <= moments; at += STRIDE) {
      const peer = await (await world.client(`peer${at}`, 1 + at % 3)).connect();
      await alice.say(peer, "hello");
      deaths += await until(peer, { moment, at }, () => peer.client.sync()) ? 1 : 0;
      await comeBack(peer);
      await exchange(peer, alice, peer);
      assert.deepEqual(await peer.received(), ["hello"], `${moment} ${at}`);
      await peer.say(alice, `this is ${at}`);
      await exchange(alice, peer);
      assert.equal((await alice.received()).at(-1), `this is ${at}`, `${moment} ${at}`);
      await assertWell(alice, peer);
      await peer.disconnect();
    }
    assertDeaths(deaths, moments);
  });

  Deno.test(`SR-17: a second device dies at each ${moment} of joining, and goes on`, async () => {
    await using talk = await openTalk();
    const { world, alice, bob } = talk;
    const first = await world.device("alice", 0);
    const moments = await countMoments(first, moment, () => first.client.sync());
    await first.disconnect();
    let deaths = 0;
    for (let at = 1; at <= moments; at += STRIDE) {
      const phone = await world.device("alice", 0);
      deaths += await until(phone, { moment, at }, () => phone.client.sync()) ? 1 : 0;
      await comeBack(phone);
      await exchange(phone, alice, bob);
      await bob.say(alice, `to all, ${at}`);
      await exchange(phone, alice, bob);
      assert.equal((await phone.received()).at(-1), `to all, ${at}`, `${moment} ${at}`);
      await phone.say(bob, `from the phone, ${at}`);
      await exchange(phone, alice, bob);
      assert.equal((await bob.received()).at(-1), `from the phone, ${at}`, `${moment} ${at}`);
      await assertWell(alice, bob);
      await phone.disconnect();
    }
    assertDeaths(deaths, moments);
  });
}
