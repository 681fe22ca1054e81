import { deepEqual, equal, ok } from "node:assert/strict";
import { HANG_MS } from "../kit/hang.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk, type TestClient } from "../kit/test_client.ts";

const ALT_DOWN = "\x1b[1;3B";
const CTRL_UP = "\x1b[1;5A";
const ESCAPE = "\x1b";

/** Alice at her screen with bob's page open, and a file of 14 B for either. */
async function atBobs() {
  const talk = await openTalk();
  const folder = await talk.world.folder();
  const file = `${folder}/report.txt`;
  await Deno.writeTextFile(file, "what is in it\n");
  const user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/hello alice/);
  const offer = async (from: TestClient, to: TestClient) => {
    const signal = AbortSignal.timeout(HANG_MS);
    await user.wait(from.client.transfers.offer(to.account, [file], signal));
    await user.wait(from.client.flush());
  };
  const states = async (client: TestClient) =>
    (await client.client.transfers.newest(5)).map(({ state }) => state.state);
  return {
    ...{ talk, user, offer, states, file },
    async [Symbol.asyncDispose]() {
      await user[Symbol.asyncDispose]();
      await talk[Symbol.asyncDispose]();
    },
  };
}

Deno.test("U6: keys of a card take a file, pause it and go on, and the same card shows what came of it", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob }, offer, states } = scene;
  await offer(bob, alice);
  await user.see(/⇣ report\.txt · 14 B · accept or decline/);
  // Nothing of it comes: it stays on its way.
  await user.wait(bob.disconnect());
  user.type(CTRL_UP);
  await user.see(/y accept it {2}n decline it/);
  user.type("y");
  await user.see(/report\.txt .*░ 0 % {2}0\/14 B/);
  user.type("p");
  await user.see(/‖ report\.txt .*paused/);
  deepEqual(await states(alice), ["paused"]);
  user.type("r");
  const rows = await user.see(/⇣ report\.txt .*0 %/);
  deepEqual(await states(alice), ["receiving"]);
  // The keys leave no lines behind.
  equal(rows.filter((row) => /paused|\* 1 |receiving report/.test(row)).length, 0);
  user.type("x");
  await user.see(/Cancel it for both\?/);
  user.type("k");
  await user.seeNo(/Cancel it for both/);
  user.type(CTRL_UP);
  equal((await states(alice))[0], "receiving");
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("U6: x twice on a card cancels the file, and n declines one", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob }, offer, states } = scene;
  await offer(alice, bob);
  await user.see(/⇡ report\.txt · 14 B · waits for the answer of bob/);
  user.type(CTRL_UP);
  await user.see(/x cancel/);
  user.type("xx");
  await user.see(/✗ report\.txt · 14 B · cancelled/);
  deepEqual(await states(alice), ["cancelled"]);
  user.type(ESCAPE);
  await offer(bob, alice);
  await user.see(/⇣ report\.txt · 14 B · accept or decline/);
  user.type(CTRL_UP);
  await user.see(/n decline it/);
  user.type("n");
  const rows = await user.see(/✗ report\.txt · 14 B · declined/);
  equal(rows.filter((row) => row.includes("declined report")).length, 0);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("U6: a card of an own file stands where it was offered, also after a restart, and no line tells of it", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob }, offer, file } = scene;
  user.type("before it\r");
  await user.see(/before it/);
  user.type(`/send ${file}\r`);
  await user.see(/⇡ report\.txt · 14 B · waits for the answer of bob/);
  await user.seeNo(/sent a request to bob/);
  user.type("behind it\r");
  await user.see(/behind it/);
  while ((await bob.client.transfers.waiting()).length === 0) await user.wait(bob.client.sync());
  const [waiting] = await bob.client.transfers.waiting();
  await user.wait(bob.client.transfers.decline(waiting));
  await user.wait(bob.client.flush());
  await user.see(/✗ report\.txt · 14 B · declined by bob/);
  await offer(bob, alice);
  await user.see(/⇣ report\.txt/);
  await user.leave();
  await using again = await ScreenUser.open(alice);
  await again.see(/● online/);
  again.type(ALT_DOWN);
  const rows = await again.see(/⇣ report\.txt/);
  const at = (words: RegExp) => rows.findIndex((row) => words.test(row));
  const places = [/before it/, /✗ report\.txt · 14 B · declined by bob/, /behind it/, /⇣ report/]
    .map(at);
  ok(places.every((place) => place >= 0), rows.join("\n"));
  deepEqual(places, places.toSorted((a, b) => a - b), rows.join("\n"));
  ok(at(/declines your files/) < 0, rows.join("\n"));
  await again.leave();
});
