/** What a player that is paused shows, and what it asks for. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { settle } from "../../../kit/clock.ts";
import { play, ScriptedServer } from "./scripted_server.ts";

Deno.test("Player grants nothing while it is paused", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { playing } = play(player);
  await settle();
  await server.frame(0);
  await player.pause();
  ok(player.playback.isPaused);
  await settle();
  equal(server.credit, 0);
  await player.resume();
  await settle();
  ok(server.credit > 0);
  await server.end({ epoch: 2 });
  await playing;
});

Deno.test("Player that is paused before its first picture shows that one, and stays there", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, playing } = play(player);
  await player.seek(300);
  await player.pause();
  await settle();
  equal(server.credit, 1);
  await server.frame(3, player.epoch);
  deepEqual(shown, [3]);
  deepEqual(controls(server), ["seek 300", "pause", "seek 300"]);
  equal(server.credit, 0);
  await player.resume();
  await server.end({ epoch: player.epoch });
  await playing;
});

Deno.test("Player that is paused shows the picture of another place, and no second one", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, playing } = play(player);
  await settle();
  await server.frame(0);
  await player.pause();
  await player.seek(450);
  await settle();
  equal(server.credit, 1);
  await server.frame(4, player.epoch);
  deepEqual(shown, [0, 4]);
  deepEqual(controls(server), ["pause", "seek 450", "resume", "pause", "seek 400"]);
  equal(server.credit, 0);
  // It was the last one: a video that is paused is not over.
  await server.end({ epoch: player.epoch });
  await player.resume();
  await server.end({ epoch: player.epoch });
  equal((await playing).shown, 2);
});

/** What a server was told to do, in order. */
function controls({ asked }: ScriptedServer): readonly string[] {
  return asked.filter(({ header }) => header.kind === "video.control")
    .map(({ header: { action, positionMs } }) => [action, positionMs ?? []].flat().join(" "));
}
