/** What was said and done over several processes of a profile, over restarts, and over an end at any moment. */

import assert from "node:assert/strict";
import { exchange } from "../../kit/exchanging.ts";
import { countMoments, until } from "../../kit/sudden_death.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

/** Every point when there is time. */
const STRIDE = Deno.env.get("SLOW") === "1" ? 1 : 3;

async function textOf({ messenger }: TestClient, id: string) {
  const entry = await messenger.history.text(id);
  assert(entry !== undefined, `no text ${id}`);
  return entry;
}

const unread = ({ client }: TestClient) =>
  client.talk.unread().map((one) => [one.peer, one.unread]);

Deno.test("what one process has shown is read for all of them, and after a restart", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  for (const text of ["one", "two", "three"]) await alice.say(bob, text);
  await exchange(bob);
  const other = await world.open(bob.folder);
  assert.deepEqual([unread(bob), unread(other)], [[["alice", 3]], [["alice", 3]]]);
  const [one, ...rest] = await other.messenger.history.unshown();
  // Each shows another part at once.
  other.client.talk.markShown([one]);
  bob.client.talk.markShown(rest.slice(1));
  assert.deepEqual([unread(bob), unread(other)], [[["alice", 1]], [["alice", 1]]]);
  await bob.restart();
  assert.deepEqual(unread(bob), [["alice", 1]]);
  assert.deepEqual((await bob.messenger.history.unshown()).map(({ text }) => text), ["two"]);
});

Deno.test("a deleted or edited message that was not read yet counts as what it is now", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  const ids = [await alice.say(bob, "one"), await alice.say(bob, "two")];
  await exchange(bob, alice);
  await alice.client.talk.change(await textOf(alice, ids[0]), { kind: "delete" });
  await alice.client.talk.change(await textOf(alice, ids[1]), { kind: "edit", text: "2" });
  await exchange(alice, bob);
  assert.deepEqual(unread(bob), [["alice", 1]]);
});

Deno.test("a second process erases what the first has shown, and both judge a change once", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 5);
  const id = await alice.say(bob, "short-lived");
  const stays = await alice.say(bob, "edited later");
  await exchange(bob, alice);
  const other = await world.open(bob.folder);
  bob.client.talk.markShown((await bob.messenger.history.unshown()).filter((it) => it.id === id));
  await world.clock.advance(5_000);
  await Promise.all([bob.client.talk.refresh(), other.client.talk.refresh()]);
  for (const client of [bob, other]) {
    assert.equal(await client.messenger.history.text(id), undefined);
    assert.equal((await textOf(client, stays)).text, "edited later");
  }
  // Both find the same change waiting, as after a crash.
  const change = await bob.client.talk.react(await textOf(bob, stays), "👍", { on: true });
  const { database } = bob.client.profile;
  database.command("UPDATE change SET state = 'waiting' WHERE id = ?").run(change ?? "");
  await Promise.all([bob, other].map(({ client }) => client.talk.refresh()));
  const lines = (await other.entries()).filter(({ kind }) => kind === "change");
  assert.equal(lines.length, 2, "once when it was made, and once more for both");
});

Deno.test("a client that dies at any write of making or taking changes comes to the same as the other", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const comeBack = async (client: TestClient) => {
    await world.clock.advance(11_000);
    await client.restart();
    await client.client.talk.refresh();
    await client.connect();
  };
  let round = 0;
  const ids: string[] = [];
  const make = async () => {
    const id = await alice.say(bob, `text ${++round}`);
    ids.push(id);
    const text = await textOf(alice, id);
    await alice.client.talk.change(text, { kind: "edit", text: `edited ${round}` });
    await alice.client.talk.react(text, "👍", { on: true });
    if (round % 2 === 0) await alice.client.talk.change(text, { kind: "delete" });
    await alice.client.flush();
  };
  const take = () => bob.client.sync();
  const [making, taking] = [
    await countMoments(alice, "write", make),
    await countMoments(bob, "write", take),
  ];
  assert(making > 5 && taking > 3, `${making} and ${taking} moments`);
  let deaths = 0;
  for (let at = 1; at <= Math.max(making, taking); at += STRIDE) {
    if (await until(alice, { moment: "write", at }, make)) {
      deaths++;
      await comeBack(alice);
    }
    await exchange(alice);
    if (await until(bob, { moment: "write", at }, take)) {
      deaths++;
      await comeBack(bob);
    }
    await exchange(alice, bob);
  }
  assert(deaths >= 4, `${deaths} deaths`);
  const seen = async (client: TestClient) =>
    await Promise.all(
      (await client.entries()).filter(({ kind, from }) => kind === "text" && from === "alice")
        .map(async (entry) => {
          const { reactions } = await client.client.talk.factsOf(entry);
          return [entry.id, entry.text, entry.deletedBy, reactions];
        }),
    );
  const sort = (rows: Awaited<ReturnType<typeof seen>>) =>
    rows.toSorted(([one], [other]) => `${one}` < `${other}` ? -1 : 1);
  assert.deepEqual(sort(await seen(bob)), sort(await seen(alice)));
  for (const client of [alice, bob]) {
    const told = (await client.entries()).filter(({ kind }) => kind === "change");
    assert.equal(new Set(told.map(({ id }) => id)).size, told.length, "each is told once");
    assert.deepEqual(await client.notices(), []);
  }
});

Deno.test("changes to messages that never come are kept up to a limit, and what comes after is dropped", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { changes } = bob.messenger.history;
  const conversation = bob.messenger.conversations.openWith(alice.account)?.conversation;
  assert(conversation !== undefined);
  const idOf = (i: number) => i.toString(16).padStart(32, "0");
  const put = (i: number) =>
    changes.put({
      ...{ conversation, account: alice.account, kind: "edit", revision: 1, epoch: 1, atMs: 1 },
      ...{ target: idOf(i), id: idOf(10_000 + i), sealed: new Uint8Array(0) },
    });
  bob.client.profile.database.transaction(() => {
    for (let i = 0; i < 1001; i++) put(i);
  });
  assert.notEqual(changes.last(idOf(999), "edit", alice.account), undefined);
  assert.equal(changes.last(idOf(1000), "edit", alice.account), undefined);
});

Deno.test("SR-22: who lost the mailbox to another process in the middle of a message does not say that it is here", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const { database } = bob.messenger.profile;
  let isNext = false;
  await bob.disconnect();
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        // As after a laptop's sleep: another process has the mailbox now, and holds it for ten seconds.
        if (header.kind === "relay.envelope" && isNext) {
          isNext = false;
          database.command("UPDATE lease SET holder = 'another' WHERE name = 'receiver'").run();
        }
        pass(header, payload);
      },
    },
  });
  await bob.client.sync();
  await alice.say(bob, "who has it?");
  isNext = true;
  const synced = bob.client.sync();
  await world.clock.advance(20_000);
  await synced;
  assert.equal(isNext, false);
  assert.equal((await bob.received()).at(-1), "hello bob");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "who has it?");
});
