/** What the length of a sealed message shows the server (SR-56). */

import assert from "node:assert/strict";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import type { AccountId, RoomHandle } from "../../../lib/base/ids.ts";
import { openTalk } from "../../kit/test_client.ts";
import { found, settle, town } from "../../kit/town.ts";

Deno.test("SR-56: sealed texts of up to 40 bytes look alike, a longer one shows its length, a receipt is one of 85", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const sizes: number[] = [];
  const up: Hooks["up"] = ({ header, payload }, pass) => {
    if (header.kind === "relay.send") sizes.push(payload.length);
    pass(header, payload);
  };
  await alice.connect({ middle: { up } });
  for (const bytes of [1, 40, 60, 61, 85]) await alice.say(bob, "x".repeat(bytes));
  const [shortest, short, long, longer, likeReceipt] = sizes.splice(0);
  assert.equal(short, shortest);
  assert.ok(long > short);
  assert.equal(longer, long + 1);
  await bob.say(alice, "hi");
  await alice.client.sync();
  assert.deepEqual(sizes, [likeReceipt]);
});

Deno.test("SR-56: in a conversation of two a reaction looks like a text; in a room the server numbers texts, and sees which they are", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  const sent: string[] = [];
  const up: Hooks["up"] = ({ header, payload }, pass) => {
    if (header.kind === "relay.send") sent.push(Object.keys(header).sort().join(" "));
    pass(header, payload);
  };
  await alice.say(bob, "hello");
  await settle(alice, bob);
  await alice.connect({ middle: { up } });
  const kindsOf = async (about: AccountId | RoomHandle) => {
    const id = await alice.client.write(about, "hello");
    await alice.client.flush();
    const entry = await alice.messenger.history.text(id);
    assert(entry !== undefined);
    await alice.client.talk.react(entry, "👍", { on: true });
    await alice.client.flush();
    return sent.splice(0);
  };
  const [text, reaction] = await kindsOf(bob.account);
  assert.equal(reaction, text);
  const [numbered, other] = await kindsOf(room);
  assert.deepEqual([numbered, other], [["counts", ...text.split(" ")].sort().join(" "), text]);
});
