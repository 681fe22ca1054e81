/** Who has seen what, and who types: told only by those who take part, and kept of nobody else. */

import { deepEqual, equal, fail, ok } from "node:assert/strict";
import type { Peer } from "../../../lib/base/ids.ts";
import { AttentionTeller } from "../../../lib/app/conversations/attention_teller.ts";
import { tellSeen, tellTyping } from "../../../lib/client/attention/tell_attention.ts";
import { enqueueControlMessage } from "../../../lib/client/sending/sender.ts";
import { draftMessage } from "../../../lib/client/store/drafts.ts";
import { ATTENTION_MESSAGES } from "../../../lib/protocol/peer/attention.ts";
import { exchange } from "../../kit/exchanging.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";
import { found, infoOf, say, settle, town } from "../../kit/town.ts";

const DAY_MS = 24 * 3_600_000;

/** The person has seen all that is there, and it is told. */
async function read(client: TestClient): Promise<boolean> {
  client.client.talk.markShown(await client.entries());
  return (await tellSeen(client.messenger)).isSent;
}

function marks({ messenger: { attention } }: TestClient, peer?: Peer) {
  return attention.seen(peer).map(({ account, id }) => `${account} ${id}`);
}

function takePart(...clients: readonly TestClient[]): void {
  for (const { messenger: { attention } } of clients) {
    attention.set("seen", true);
    attention.set("typing", true);
  }
}

const sentBy = ({ client }: TestClient) => client.messenger.outbox.peers().length;

Deno.test("reading and typing are told to nobody unless the person said so", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  equal(alice.messenger.attention.isOn("seen"), false);
  equal(alice.messenger.attention.isOn("typing"), false);
  await bob.say(alice, "are you there?");
  await exchange(alice, bob);
  equal(await read(alice), false);
  equal(await tellTyping(alice.messenger, bob.account), false);
  deepEqual([alice.messenger.attention.due(), alice.messenger.drafts.peers()], [[], []]);
  // What was read before is not told afterwards either.
  takePart(alice);
  equal((await tellSeen(alice.messenger)).isSent, false);
});

Deno.test("both who take part see how far the other has read; it is no line, and nothing is unread by it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  takePart(alice, bob);
  const before = (await bob.entries()).length;
  const unread = bob.client.talk.unread();
  await bob.say(alice, "first");
  const last = await bob.say(alice, "second");
  await exchange(alice, bob);
  // Both texts are told by one word.
  equal(await read(alice), true);
  equal(await read(alice), false);
  await exchange(alice, bob);
  deepEqual(marks(bob), [`alice ${last}`]);
  equal((await bob.entries()).length, before + 2);
  deepEqual(bob.client.talk.unread().map(({ unread }) => unread), unread.map((one) => one.unread));
  deepEqual(await bob.notices(), []);
  const events = await new AttentionTeller(bob.client, () => {}).look();
  deepEqual(events.map(({ type }) => type), ["seen"]);
});

Deno.test("who does not tell is not told, and who stops telling keeps nothing", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  takePart(alice);
  await bob.say(alice, "hello");
  await exchange(alice, bob);
  equal(await read(alice), true);
  await exchange(alice, bob);
  deepEqual(marks(bob), []);
  takePart(bob);
  await bob.say(alice, "hello again");
  await exchange(alice, bob);
  talk.world.clock.jumpWallClock(DAY_MS);
  equal(await read(alice), true);
  await exchange(alice, bob);
  equal(marks(bob).length, 1);
  bob.messenger.attention.set("seen", false);
  deepEqual(marks(bob), []);
});

Deno.test("where nobody else takes part the person is known to by one word a day, and then at once", async () => {
  await using talk = await openTalk();
  const { alice, bob, world: { clock } } = talk;
  takePart(alice);
  const next = async () => {
    const id = await bob.say(alice, "more");
    await exchange(alice, bob);
    return [await read(alice), id] as const;
  };
  equal((await next())[0], true);
  clock.jumpWallClock(60_000);
  equal((await next())[0], false);
  // Until then nothing is opened for it, at whichever write.
  const closed = { openWith: () => fail("looked at the conversation") };
  const { isSent } = await tellSeen(
    { ...alice.messenger, conversations: closed } as unknown as TestClient["messenger"],
  );
  equal(isSent, false);
  takePart(bob);
  await alice.say(bob, "yes");
  await exchange(alice, bob);
  equal(await read(bob), true);
  await exchange(alice, bob);
  // What had not been told is told now.
  equal((await tellSeen(alice.messenger)).isSent, true);
  await exchange(alice, bob);
  equal(marks(bob).length, 1);
  // And no more often than every five seconds.
  const [isTold, id] = await next();
  equal(isTold, false);
  const { againMs } = await tellSeen(alice.messenger);
  ok(againMs > 0 && againMs <= 5_000, `${againMs}`);
  clock.jumpWallClock(againMs);
  equal((await tellSeen(alice.messenger)).isSent, true);
  await exchange(alice, bob);
  deepEqual(marks(bob), [`alice ${id}`]);
});

Deno.test("typing holds for some seconds, and what had waited for a device is not shown", async () => {
  await using talk = await openTalk();
  const { alice, bob, world: { clock } } = talk;
  takePart(alice, bob);
  const typing = () =>
    bob.messenger.attention.typing(clock.nowMs()).map(({ peer, account }) => [peer, account]);
  equal(await tellTyping(alice.messenger, bob.account), true);
  equal(await tellTyping(alice.messenger, bob.account), false);
  await exchange(alice, bob);
  deepEqual(typing(), [["alice", "alice"]]);
  const [event] = await new AttentionTeller(bob.client, () => {}).look();
  deepEqual(event, { type: "typing", now: [{ peer: "alice", account: "alice" }] });
  clock.jumpWallClock(8_001);
  deepEqual(typing(), []);
  await bob.disconnect();
  clock.jumpWallClock(DAY_MS);
  equal(await tellTyping(alice.messenger, bob.account), true);
  await alice.client.flush();
  clock.jumpWallClock(60_000);
  await bob.connect();
  await exchange(alice, bob);
  deepEqual(typing(), []);
  // Nobody there, or no connection: nothing is written down.
  clock.jumpWallClock(DAY_MS);
  const teller = new AttentionTeller(alice.client, () => {});
  await teller.types(bob.account, false);
  await alice.disconnect();
  await teller.types(bob.account, true);
  deepEqual(alice.messenger.drafts.peers(), []);
});

Deno.test("malformed words of attention are refused: of no text, of another conversation, and with fields that are none", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  takePart(alice, bob);
  const own = await bob.say(alice, "hello");
  await exchange(alice, bob);
  const send = async (fields: { readonly target: string }) => {
    const { "attention.seen": kind } = ATTENTION_MESSAGES;
    await enqueueControlMessage(alice.messenger, bob.account, draftMessage(kind, fields));
    await exchange(alice, bob);
  };
  await send({ target: "0".repeat(32) });
  deepEqual(marks(bob), []);
  const { "attention.typing": kind } = ATTENTION_MESSAGES;
  const typing = draftMessage(kind, { seconds: 9 });
  await enqueueControlMessage(alice.messenger, bob.account, typing);
  await exchange(alice, bob);
  deepEqual(await bob.notices(), ["unreadable"]);
  deepEqual(bob.messenger.attention.typing(0), []);
  // It never goes back.
  const later = await bob.say(alice, "later");
  await exchange(alice, bob);
  await send({ target: later });
  await send({ target: own });
  deepEqual(marks(bob), [`alice ${later}`]);
});

Deno.test("nothing is told to whoever was blocked or declined, or taken from them", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  takePart(alice, bob);
  await bob.say(alice, "hello");
  await alice.say(bob, "hello");
  await exchange(alice, bob);
  alice.client.refuse(bob.account, "blocked");
  equal(await read(alice), false);
  equal(await tellTyping(alice.messenger, bob.account), false);
  deepEqual(alice.messenger.attention.due(), []);
  equal(await read(bob), true);
  await exchange(bob, alice);
  deepEqual(marks(alice), []);
  equal(sentBy(alice), 0);
});

Deno.test("in a room each member's word counts, and those of whoever is removed are forgotten", async () => {
  await using scene = await town(3);
  const { alice, bob, carol } = scene;
  const room = await found(alice, [bob, carol], { name: "ops" });
  await settle(alice, bob, carol);
  await settle(alice, bob, carol);
  takePart(alice, bob, carol);
  const id = await say(alice, room, "all of you");
  await settle(bob, carol, alice);
  for (const one of [bob, carol]) {
    equal(await read(one), true);
    await one.client.flush();
  }
  await settle(alice, bob, carol);
  deepEqual(marks(alice, room), [`bob ${id}`, `carol ${id}`]);
  deepEqual(marks(bob, room), [`carol ${id}`]);
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await settle(alice, bob, carol);
  deepEqual(marks(alice, room), [`bob ${id}`]);
  deepEqual(marks(bob, room), []);
  equal(await tellTyping(carol.messenger, room), false);
});

Deno.test("SR-07: nothing is told, or kept to be told, to whose identity changed: nobody is told that something is held", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  takePart(alice, bob);
  await alice.say(bob, "are you there?");
  await exchange(alice, bob);
  const changed = new Promise<void>((resolve) => {
    bob.client.listen((event) => event.type === "identity" && resolve());
  });
  await world.reset("alice", 2);
  await world.clock.advance(300);
  await changed;
  equal(await read(bob), false);
  equal(await tellTyping(bob.messenger, alice.account), false);
  deepEqual(bob.messenger.drafts.peers(), []);
  deepEqual(await bob.client.flush(), []);
});
