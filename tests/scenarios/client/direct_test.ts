/** Files that go straight from one client to the other, over UDP, and over the server when that does not work. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { begin, isDone, openDirect } from "../../kit/direct_people.ts";
import type { FilePerson } from "../../kit/file_senders.ts";

Deno.test("rows S3.43, S3.45, S3.46: a file goes from client to client, and the server has no byte of it", async () => {
  // Not `prefer`: on a busy machine the false clock may end the wait for the direct way before there is one.
  await using scene = await openDirect({ mode: "only" });
  const bytes = systemRandom.bytes(1_500_000);
  await begin(scene, bytes);
  await scene.soon(isDone(scene));
  assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
  assert.deepEqual(scene.spooled(), []);
  assert.ok(scene.proxies.some(({ counts }) => counts.passed > 1000));
  const said = (person: FilePerson, words: string) =>
    scene.soon(async () => (await scene.lines(person)).some((line) => line.startsWith(words)));
  await said(scene.alice, "example1.mp4 has uploaded");
  await said(scene.bob, "Received example1.mp4");
});

Deno.test("row S3.47: what goes directly arrives whole at 20 % loss, with duplicates and in any order", async () => {
  await using scene = await openDirect({ mode: "only" });
  for (const proxy of scene.proxies) proxy.misbehave();
  const bytes = systemRandom.bytes(200_000);
  await begin(scene, bytes);
  await scene.soon(isDone(scene));
  assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
  assert.deepEqual(scene.spooled(), []);
  assert.ok(scene.proxies.some(({ counts }) => counts.lost > 10 && counts.doubled > 5));
});

Deno.test("row S3.43: a direct way that dies in the middle is left for the server, from the verified byte", async () => {
  await using scene = await openDirect({ mode: "only" });
  const bytes = systemRandom.bytes(6_000_000);
  for (const { faults } of scene.proxies) faults.deadAfter = 2500;
  await begin(scene, bytes);
  await scene.soon(() => scene.proxies.some(({ faults }) => faults.isDead));
  const part = async () => (await scene.received()).get("example1.mp4.part")?.length ?? 0;
  await scene.soon(async () => await part() >= 253_920);
  for (const person of [scene.alice, scene.bob]) {
    const [{ id }] = await person.transfers();
    person.client.transfers.direct.modes.set(id, "prefer");
  }
  // Each would notice by itself when nothing comes for 12 s, of real time.
  for (const { client } of [scene.alice, scene.bob]) {
    await (await client.transfers.direct.openPort()).socket.close({ atOnce: true });
  }
  await scene.soon(isDone(scene));
  assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
  const [upload] = scene.spooled();
  const path = `${scene.pair.world.server.folder}/spool/${upload}`;
  // What bob had of it was not sent again: there is a hole where it would be.
  const head = (await Deno.readFile(path)).subarray(0, 253_952);
  assert.ok(head.length > 0 && head.every((byte) => byte === 0));
});

Deno.test("SR-77: nothing is said of addresses unless both persons agreed", async () => {
  for (const allow of [[], ["alice"], ["bob"]] as const) {
    await using scene = await openDirect({ allow });
    const bytes = systemRandom.bytes(100_000);
    await begin(scene, bytes);
    await scene.soon(isDone(scene));
    assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
    assert.deepEqual(scene.proxies.map(({ counts }) => counts.passed), [0, 0]);
    const isAsked = (await scene.lines(scene.bob)).some((line) =>
      line.includes("direct allow alice")
    );
    // Bob is asked when alice has agreed, and he has not said anything.
    assert.equal(isAsked, allow.some((who) => who === "alice"));
  }
});

Deno.test("row S3.43: what may go directly only never touches the server, and says why it waits", async () => {
  await using scene = await openDirect({ allow: ["alice"], mode: "only" });
  await begin(scene, systemRandom.bytes(100_000));
  await scene.soon(async () =>
    (await scene.lines(scene.alice)).some((line) => line.includes("it may only go directly"))
  );
  assert.deepEqual(scene.spooled(), []);
  assert.deepEqual(await scene.alice.states(), ["uploading"]);
  // Bob agrees: at the next start it is tried again.
  scene.bob.client.transfers.direct.contacts.set(scene.pair.alice.account, "allowed");
  await scene.alice.rest();
  scene.alice.work();
  await scene.soon(isDone(scene));
  assert.deepEqual(scene.spooled(), []);
});

Deno.test("row S3.43: a receiver who waits for the direct way does not ask for the files again and again", async () => {
  await using scene = await openDirect({ allow: ["alice"], mode: "only" });
  await begin(scene, systemRandom.bytes(100_000));
  await scene.soon(async () => (await scene.bob.states())[0] === "receiving");
  for (let i = 0; i < 60; i++) await scene.pair.world.clock.advance(6_000);
  await scene.soon(async () =>
    (await scene.lines(scene.alice)).some((line) => line.includes("it may only go directly"))
  );
  const asked = (await scene.lines(scene.alice)).filter((line) => line.includes("restarts"));
  assert.deepEqual(asked, []);
});

Deno.test("row S3.43: that there is no direct way is said once, to who sends, however often it is tried", async () => {
  await using scene = await openDirect({ mode: "only" });
  for (const { faults } of scene.proxies) faults.isDead = true;
  await begin(scene, systemRandom.bytes(100_000));
  const told = async (person: typeof scene.alice) =>
    (await scene.lines(person)).filter((line) => line.includes("No direct connection")).length;
  await scene.soon(async () => await told(scene.alice) > 0);
  for (let i = 0; i < 15; i++) await scene.pair.world.clock.advance(6_000);
  assert.deepEqual([await told(scene.alice), await told(scene.bob)], [1, 0]);
});

Deno.test("row S3.43: a receiver who finds the direct way when the server has it all takes it from there", async () => {
  await using scene = await openDirect();
  // As on a slow line: nothing passes until the sender has taken the other transport.
  for (const { faults } of scene.proxies) faults.isDead = true;
  await begin(scene, systemRandom.bytes(300_000));
  await scene.soon(async () => (await scene.alice.states())[0] !== "uploading");
  for (const { faults } of scene.proxies) faults.isDead = false;
  await scene.soon(isDone(scene));
});

Deno.test("row S3.43: what may never go directly goes over the server", async () => {
  await using scene = await openDirect({ mode: "never" });
  await begin(scene, systemRandom.bytes(100_000));
  await scene.soon(isDone(scene));
  assert.deepEqual(scene.proxies.map(({ counts }) => counts.passed), [0, 0]);
});

Deno.test("row S3.48: nobody else hears of what two send each other directly", async () => {
  await using scene = await openDirect({ mode: "only" });
  const { world } = scene.pair;
  const carol = await (await world.client("carol", 2)).connect();
  await scene.alice.test.say(carol, "hello carol");
  await carol.client.sync();
  const before = (await carol.entries()).length;
  const bytes = systemRandom.bytes(300_000);
  await begin(scene, bytes);
  await scene.soon(isDone(scene));
  await carol.client.sync();
  assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
  assert.equal((await carol.entries()).length, before);
  assert.deepEqual(await carol.client.transfers.newest(10), []);
  // Her own line to alice is as it was.
  await carol.say(scene.pair.alice, "still here");
  await scene.soon(async () => (await scene.alice.test.received()).includes("still here"));
});
