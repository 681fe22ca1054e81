/** A profile that was restored from a copy uses none of its old keys again (SR-23). */

import assert from "node:assert/strict";
import { join } from "node:path";
import { exchange } from "../../kit/exchanging.ts";
import { until } from "../../kit/sudden_death.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

/** Copies a profile's folder as a backup program would while the client is away. */
async function copy(client: TestClient): Promise<string> {
  await client.disconnect();
  client.keeper.close();
  const folder = await client.world.folder();
  for await (const { name } of Deno.readDir(client.folder)) {
    await Deno.copyFile(join(client.folder, name), join(folder, name));
  }
  await client.restart();
  await client.connect();
  return folder;
}

/** A copy in whose outbox a sealed text waits for `to`: the line broke before it left. */
async function copyWithSealed(client: TestClient, to: TestClient): Promise<string> {
  await client.connect({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "relay.send") client.link?.cut();
        else pass(header, payload);
      },
    },
  });
  await client.client.write(to.account, "sealed before the copy");
  await assert.rejects(client.client.flush());
  return await copy(client);
}

/** Puts the copy in the place of the profile. */
async function restore(client: TestClient, from: string): Promise<void> {
  await client.disconnect();
  client.keeper.close();
  for await (const { name } of Deno.readDir(client.folder)) {
    await Deno.remove(join(client.folder, name));
  }
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(join(from, name), join(client.folder, name));
  }
  await client.restart();
}

Deno.test("SR-23: a restored profile comes back with fresh keys, and says so on both sides", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const backup = await copy(alice);
  for (const text of ["one", "two", "three"]) await alice.say(bob, text);
  await exchange(alice, bob);
  await restore(alice, backup);
  await alice.connect();
  assert.equal(alice.stateWith(bob), "active");
  await alice.say(bob, "after the restore");
  await exchange(alice, bob);
  assert.deepEqual((await bob.received()).slice(1), ["one", "two", "three", "after the restore"]);
  // Bob's receipt came to the profile that is gone.
  assert.deepEqual(await alice.notices(), ["restored", "missing"]);
  assert.deepEqual(await bob.notices(), ["restarted"]);
  await bob.say(alice, "welcome back");
  await exchange(alice, bob);
  assert.equal((await alice.received()).at(-1), "welcome back");
});

Deno.test("SR-23: what waited in the copy's outbox and had left since is not sent twice", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const backup = await copyWithSealed(alice, bob);
  await alice.client.flush();
  await alice.say(bob, "after the copy");
  await restore(alice, backup);
  await alice.connect();
  assert.equal(alice.messenger.outbox.after(0, 9).length, 0);
  await alice.say(bob, "after the restore");
  await exchange(alice, bob);
  assert.deepEqual((await bob.received()).slice(1), [
    "sealed before the copy",
    "after the copy",
    "after the restore",
  ]);
});

Deno.test("SR-23: what waited in the copy's outbox and the server refuses now is written anew", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const backup = await copyWithSealed(alice, bob);
  await alice.say(bob, "after the copy");
  await restore(alice, backup);
  let asked = 0;
  await alice.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send" || asked++ > 0) return pass(header, payload);
        answer({ kind: "failure", request: header.request, code: "not-allowed", message: "No" });
      },
    },
  });
  assert.equal(alice.stateWith(bob), "active");
  await alice.client.flush();
  await exchange(alice, bob);
  assert.deepEqual((await bob.received()).slice(1), ["sealed before the copy", "after the copy"]);
  assert.equal(alice.messenger.outbox.after(0, 9).length, 0);
});

Deno.test("SR-23: a text that was written before the copy and left after it does not arrive twice, nor hold up others", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  await alice.client.write(bob.account, "written before the copy");
  const backup = await copy(alice);
  await alice.client.flush();
  await restore(alice, backup);
  await alice.connect();
  await alice.client.write(bob.account, "written after the restore");
  assert.deepEqual(await alice.client.flush(), []);
  await exchange(alice, bob);
  assert.deepEqual((await bob.received()).slice(1), [
    "written before the copy",
    "written after the restore",
  ]);
  assert.equal(alice.messenger.outbox.after(0, 9).length, 0);
  assert.equal(bob.stateWith(alice), "active");
});

Deno.test("SR-23: a conversation that was begun after the copy is taken up again", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const backup = await copy(alice);
  const carol = await (await world.client("carol", 2)).connect();
  await alice.say(carol, "hello carol");
  await exchange(alice, carol);
  await restore(alice, backup);
  await alice.connect();
  await exchange(alice, carol);
  await alice.say(carol, "it is me again");
  await carol.say(alice, "so it seems");
  await exchange(alice, carol, bob);
  assert.deepEqual(await carol.received(), ["hello carol", "it is me again"]);
  assert.deepEqual((await alice.received()).slice(-1), ["so it seems"]);
});

Deno.test("SR-23: a client that dies while it comes back uses no old key either", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  let died = true;
  for (let at = 1; died; at++) {
    const backup = await copy(alice);
    await alice.say(bob, `${at} before`);
    await restore(alice, backup);
    const before = alice.messenger.outbox.highestNumber;
    died = await until(alice, { moment: "write", at, alsoConnecting: true }, async () => {
      await alice.client.flush();
    });
    await world.clock.advance(11_000);
    await alice.restart();
    await alice.connect();
    assert(alice.messenger.outbox.highestNumber > before);
    await alice.say(bob, `${at} after`);
    await exchange(alice, bob);
    assert.deepEqual((await bob.received()).slice(-2), [`${at} before`, `${at} after`]);
    const bad = (await bob.notices()).filter((code) => code !== "restarted");
    assert.deepEqual(bad, []);
  }
});

Deno.test("SR-23: a client that is cut off while it comes back goes on with that the next time", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  for (const kind of ["relay.group-info", "relay.committed"]) {
    const backup = await copy(alice);
    await alice.say(bob, `before ${kind}`);
    await restore(alice, backup);
    await assert.rejects(
      alice.connect({
        middle: {
          down({ header, payload }, pass) {
            if (header.kind === kind) alice.link?.cut();
            else pass(header, payload);
          },
        },
      }),
      { name: "TransportError" },
    );
    assert.equal(alice.stateWith(bob), "lost");
    await alice.restart();
    await alice.connect();
    assert.equal(alice.stateWith(bob), "active");
    await alice.say(bob, `after ${kind}`);
    await exchange(alice, bob);
    assert.deepEqual((await bob.received()).slice(-2), [`before ${kind}`, `after ${kind}`]);
  }
});
