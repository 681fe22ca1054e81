/** Live streams that go straight from one client to the other, and over the server when that does not work. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Direct, openDirect } from "../../kit/direct_people.ts";
import { type Ended, StreamScene } from "../../kit/stream_scene.ts";

const NOTHING_REFUSED = { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 };

/** Everything was sealed by its sender, and what is missing is counted. */
function isWhole({ sent, seen }: Ended): void {
  deepEqual(seen.refused, NOTHING_REFUSED);
  deepEqual([seen.complete, seen.reason, seen.proven], [true, "stopped", "proven"]);
  equal(seen.received + seen.lost, sent.frames + sent.dropped);
}

/** Bob has come to the server, where nobody was before him, and has left it for the direct way. */
async function goneDirect(scene: Direct, stream: StreamScene): Promise<void> {
  await scene.soon(() => stream.watchersAtServer === 1);
  await scene.soon(() => stream.watchersAtServer === 0);
}

async function breakDirect({ alice, bob }: Direct): Promise<void> {
  for (const { client } of [alice, bob]) {
    await (await client.transfers.direct.openPort()).socket.close({ atOnce: true });
  }
}

Deno.test("a stream goes from client to client once both persons allow it, and the watcher leaves the server", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene);
  await goneDirect(scene, stream);
  await stream.sees(20);
  const ended = await stream.end();
  isWhole(ended);
  ok(ended.sent.directUnits >= 20, `${ended.sent.directUnits} of ${ended.sent.frames}`);
  equal(ended.seen.lost, ended.sent.dropped);
  equal(ended.sent.watchers, 1);
});

Deno.test("a direct way that is lost in mid-stream is left for the server, and the stream goes on", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene);
  await goneDirect(scene, stream);
  await stream.sees(5);
  await breakDirect(scene);
  await scene.soon(() => stream.watchersAtServer === 1);
  await stream.sees(20);
  const ended = await stream.end();
  isWhole(ended);
  ok(ended.sent.directUnits < ended.sent.frames);
});

Deno.test("a stream comes in its order through 20 % loss, duplicates and reordering", async () => {
  await using scene = await openDirect({ mode: "only" });
  for (const proxy of scene.proxies) proxy.misbehave();
  const stream = await StreamScene.open(scene);
  await stream.sees(10);
  isWhole(await stream.end());
  ok(scene.proxies.some(({ counts }) => counts.lost > 10 && counts.doubled > 5));
});

Deno.test("a stream that may go directly only has no unit at the server", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene, "only");
  await stream.sees(5);
  const ended = await stream.end();
  isWhole(ended);
  ok(ended.sent.directUnits >= ended.sent.frames);
});

Deno.test("SR-77: a watcher who says never gets it over the server, though both have allowed the other way", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene, undefined, "never");
  await stream.sees(30);
  const ended = await stream.end();
  isWhole(ended);
  equal(ended.sent.directUnits, 0);
  deepEqual(scene.proxies.map(({ counts }) => counts.passed), [0, 0]);
});

Deno.test("a watcher who says only gets nothing over the server", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene, undefined, "only");
  const atServer = new Set<number | undefined>();
  await scene.soon(() => {
    atServer.add(stream.watchersAtServer);
    return stream.shown >= 5;
  });
  isWhole(await stream.end());
  deepEqual([...atServer].filter((count) => count), []);
});

Deno.test("SR-77: a stream that may go directly only is not sent to who has not allowed that, and its sender is told", async () => {
  await using scene = await openDirect({ allow: ["alice"] });
  const stream = await StreamScene.open(scene, "only");
  await rejects(stream.sent(), { code: "no-direct-way", message: /bob has not allowed/ });
  await rejects(stream.seen());
  equal(stream.shown, 0);
  deepEqual(scene.proxies.map(({ counts }) => counts.passed), [0, 0]);
});

Deno.test("SR-77: without both persons' word a stream goes over the server, and no address is told", async () => {
  for (const allow of [[], ["bob"]] as const) {
    await using scene = await openDirect({ allow });
    const stream = await StreamScene.open(scene);
    await stream.sees(30);
    const ended = await stream.end();
    isWhole(ended);
    equal(ended.sent.directUnits, 0);
    deepEqual(scene.proxies.map(({ counts }) => counts.passed), [0, 0]);
  }
});

for (const who of ["alice", "bob"] as const) {
  Deno.test(`a stream goes on when the connection of ${who} was lost and comes back`, async () => {
    await using scene = await openDirect({ allow: [] });
    const stream = await StreamScene.open(scene);
    await stream.sees(5);
    const person = scene[who];
    await person.test.disconnect();
    await person.rest();
    await scene.pair.world.clock.advance(2_000);
    await person.back();
    await stream.sees(10);
    isWhole(await stream.end());
  });
}

Deno.test("a stream that goes directly does not need the server: its sender's connection is lost", async () => {
  await using scene = await openDirect();
  const stream = await StreamScene.open(scene);
  await goneDirect(scene, stream);
  await scene.alice.test.disconnect();
  await scene.alice.rest();
  // Longer than it would wait for the server.
  await stream.sees(160);
  await scene.alice.back();
  await stream.sees(5);
  isWhole(await stream.end());
});

Deno.test("a connection that does not come back ends a stream for both, after a while", async () => {
  await using scene = await openDirect({ allow: [] });
  const stream = await StreamScene.open(scene);
  await stream.sees(5);
  await scene.alice.test.disconnect();
  await scene.alice.rest();
  await rejects(stream.sent(), { code: "offline" });
  await rejects(stream.seen(), { code: "offline", message: /The sender is gone/ });
});
