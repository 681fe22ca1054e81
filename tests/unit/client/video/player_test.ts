import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { MediaError, Refusal, TransportError } from "../../../../lib/base/errors.ts";
import { settle } from "../../../kit/clock.ts";

import { NEVER, play, ScriptedServer, STREAM } from "./scripted_server.ts";

Deno.test("Player shows each frame at its time, and tells what a stream came to", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, arrived, playing } = play(player);
  await settle();
  ok(server.credit > 0, "nothing is sent before credit was given");
  for (let index = 0; index < 3; index++) await server.frame(index);
  deepEqual(arrived, [0, 1, 2]);
  deepEqual(shown, [0]);
  await server.clock.advance(100);
  deepEqual(shown, [0, 1]);
  await server.clock.advance(100);
  await server.end();
  deepEqual(await playing, { received: 3, shown: 3, droppedByServer: 1, droppedHere: 0 });
});

Deno.test("Player leaves out frames that are over when a slow screen is ready again", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const shown: number[] = [];
  let ready = () => {};
  const playing = player.play({
    show: (frame) => {
      shown.push(frame.index);
      return new Promise((resolve) => ready = resolve);
    },
  }, { signal: NEVER });
  await settle();
  for (let index = 0; index < 4; index++) {
    await server.frame(index);
    await server.clock.advance(100);
  }
  ready();
  await settle();
  deepEqual(shown, [0, 3]);
  ready();
  await server.end();
  equal((await playing).droppedHere, 2);
});

Deno.test("Player at speed 0 shows every frame in order, and grants more only when they are shown", async () => {
  const server = new ScriptedServer();
  const player = await server.open(0);
  const shown: number[] = [];
  let ready = () => {};
  const playing = player.play({
    show: (frame) => {
      shown.push(frame.index);
      return new Promise((resolve) => ready = resolve);
    },
  }, { signal: NEVER });
  await settle();
  await server.frame(0);
  const granted = server.credit;
  for (let index = 1; index < 5; index++) await server.frame(index);
  equal(server.credit, granted - 4, "frames that wait here are not granted again");
  for (let index = 0; index < 5; index++) {
    ready();
    await settle();
  }
  await server.end();
  await playing;
  deepEqual(shown, [0, 1, 2, 3, 4]);
});

Deno.test("Player drops the frames of an epoch that it left by a seek", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, arrived, playing } = play(player);
  await settle();
  await server.frame(0);
  await player.seek(300);
  equal(player.epoch, 1);
  await server.frame(1, 0);
  await server.frame(3, 1);
  await server.end({ epoch: 0 });
  deepEqual([arrived, shown], [[0, 3], [0, 3]]);
  const control = server.asked.find(({ header }) => header.kind === "video.control");
  deepEqual(
    [control?.header.action, control?.header.epoch, control?.header.positionMs],
    ["seek", 1, 300],
  );
  await server.end({ epoch: 1 });
  await playing;
});

Deno.test("Player asks for the picture that it seeks to before the seek is answered", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, playing } = play(player);
  await settle();
  await server.frame(0);
  server.holdsBack = true;
  const sought = player.seek(300);
  await settle();
  ok(server.credit > 0, "a round trip goes by before anything is asked for");
  deepEqual(server.asked.at(-1)?.header.epoch, 1);
  await server.frame(3, 1);
  deepEqual(shown, [0, 3]);
  await server.end({ epoch: 1 });
  await playing;
  const unanswered = rejects(sought, TransportError);
  await server.clock.advance(30_000);
  await unanswered;
});

Deno.test("Player knows that the server makes what is waited for, until it comes or another place is chosen", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { playing } = play(player);
  await settle();
  const waiting = (epoch: number, stream = STREAM) =>
    server.push("video.waiting", { stream, epoch, index: 0 });
  waiting(0, STREAM + 1);
  await settle();
  equal(player.isMaking, false, "another video");
  waiting(0);
  await settle();
  equal(player.isMaking, true);
  await server.frame(0);
  equal(player.isMaking, false);
  waiting(0);
  await player.seek(300);
  equal(player.isMaking, false);
  waiting(0);
  await settle();
  equal(player.isMaking, false, "of before the seek");
  waiting(1);
  await settle();
  equal(player.isMaking, true);
  await server.end({ epoch: 1 });
  await playing;
});

Deno.test("Player rejects when the server cannot go on, when the link ends, and when it is aborted", async () => {
  const broken = new ScriptedServer();
  const failing = play(await broken.open(1)).playing;
  await broken.end({ complete: false, problem: "the file is damaged" });
  await rejects(
    failing,
    (error) => error instanceof MediaError && /the file is damaged/.test(error.message),
  );

  const cut = new ScriptedServer();
  const ended = play(await cut.open(1)).playing;
  await settle();
  const closing = cut.link.close();
  await cut.clock.advance(20_000);
  await closing;
  await rejects(ended, TransportError);

  const server = new ScriptedServer();
  const stop = new AbortController();
  const aborted = play(await server.open(1), stop.signal).playing;
  await settle();
  stop.abort(new DOMException("left", "AbortError"));
  await rejects(aborted, { name: "AbortError" });
});

Deno.test("Player refuses parts that do not fit together", async () => {
  const server = new ScriptedServer();
  const { playing } = play(await server.open(1));
  await settle();
  server.push("video.frame", {
    stream: STREAM,
    epoch: 0,
    mode: "thirds",
    rendition: "240p",
    index: 0,
    total: 5,
    width: 426,
    height: 240,
    pts: 0,
    size: 9,
    offset: 4,
    source: 0,
  }, new Uint8Array(2));
  await rejects(playing, { code: "bad-frame" });
});

Deno.test("Player holds no frames that were not granted", async () => {
  const server = new ScriptedServer();
  const { arrived, playing } = play(await server.open(0));
  await settle();
  // Many more than the window, in one turn: what is read in several goes is granted anew in between.
  for (let index = 0; index < 200; index++) {
    server.push("video.frame", {
      stream: STREAM,
      epoch: 0,
      mode: "thirds",
      rendition: "240p",
      index,
      total: 200,
      width: 426,
      height: 240,
      pts: index,
      size: 4,
      offset: 0,
      source: index,
    }, new Uint8Array(4));
  }
  await rejects(playing, { code: "too-many-frames" });
  // The last grants are still on their way to the server.
  await settle();
  ok(arrived.length <= server.credit, `${arrived.length} frames came for ${server.credit} granted`);
});

Deno.test("Player cannot be opened when the server says no", async () => {
  const server = new ScriptedServer();
  const opening = server.link.ask("video.open", { video: "x", mode: "thirds", speed: 1 });
  await opening;
  const failure = { code: "unknown-video", message: "No such video on this server" };
  const asking = server.link.ask("video.list", { after: 0 });
  await settle();
  const request = server.asked[server.asked.length - 1].header.request;
  server.push("failure", { request, ...failure, suggestion: "cockatoo" });
  await rejects(
    asking,
    (error) => error instanceof Refusal && error.details.suggestion === "cockatoo",
  );
});

Deno.test("D3: Player in mode adaptive says what it draws on and how many frames have arrived, and nothing twice", async () => {
  const server = new ScriptedServer();
  const drawing = { widthPx: 900, heightPx: 540, drawMs: 12.4, decodeMs: undefined };
  const player = await server.open(1, { mode: "adaptive", drawing: () => drawing, maxRate: 5_000 });
  const stop = new AbortController();
  const { playing } = play(player, stop.signal);
  await settle();
  await server.frame(0);
  await server.frame(1);
  await server.clock.advance(200);
  const said = server.asked.filter(({ header }) => header.kind === "video.credit")
    .map(({ header: { received, boxWidth, boxHeight, drawMs, decodeMs, maxRate, reserveMs } }) => [
      ...[received, boxWidth, boxHeight, drawMs, decodeMs, maxRate, reserveMs],
    ]);
  deepEqual(said.map(([received]) => received), [0, 1, 2]);
  deepEqual(said[2], [2, 900, 540, 12, undefined, 5_000, 1_500]);
  stop.abort();
  await rejects(playing);
});

Deno.test("Player in mode adaptive keeps what comes before its time, shows it then, and goes on while the line stalls", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1, { mode: "adaptive" });
  const { shown, playing } = play(player);
  await settle();
  for (const index of [0, 1, 2, 3, 4]) await server.frame(index);
  deepEqual(shown, [0]);
  for (const last of [1, 2, 3, 4]) {
    await server.clock.advance(100);
    equal(shown.at(-1), last);
  }
  deepEqual(shown, [0, 1, 2, 3, 4]);
  await server.end({});
  await playing;
});

Deno.test("Player in another mode says nothing of its screen", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1, {
    drawing: () => ({ widthPx: 900, heightPx: 540, drawMs: 1, decodeMs: 1 }),
  });
  const stop = new AbortController();
  const { playing } = play(player, stop.signal);
  await settle();
  await server.frame(0);
  const credits = server.asked.filter(({ header }) => header.kind === "video.credit");
  ok(credits.length > 0);
  ok(credits.every(({ header }) => header.boxWidth === undefined && header.received === undefined));
  stop.abort();
  await rejects(playing);
});

Deno.test("Player plays from a shared moment: what comes early waits for its time", async () => {
  const server = new ScriptedServer();
  const player = await server.open(1);
  const { shown, playing } = play(player);
  await settle();
  await server.frame(0);
  await player.pause();
  const atMs = server.clock.monotonicMs() + 300;
  await player.playFrom({ positionMs: 100, rate: 2, atMs });
  const said = server.asked.filter(({ header }) => header.kind === "video.control");
  deepEqual(
    said.map(({ header: { action, epoch, positionMs, speed } }) => [
      ...[action, epoch],
      positionMs ?? speed,
    ]),
    [["pause", 1, undefined], ["speed", 2, 2], ["resume", 3, undefined], ["seek", 4, 100]],
  );
  await server.frame(1, 4);
  await server.clock.advance(299);
  deepEqual(shown, [0]);
  await server.clock.advance(1);
  deepEqual(shown, [0, 1]);
  for (const index of [2, 3]) await server.frame(index, 4);
  await server.clock.advance(49);
  deepEqual(shown, [0, 1]);
  await server.clock.advance(1);
  deepEqual(shown, [0, 1, 2]);
  await server.clock.advance(50);
  deepEqual(shown, [0, 1, 2, 3]);
  await server.end({ epoch: 4 });
  await playing;
});
