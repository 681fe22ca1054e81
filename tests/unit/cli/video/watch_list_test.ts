import { deepEqual } from "node:assert/strict";
import { NoViewer } from "../../../../lib/cli/video/viewer.ts";
import type { Key } from "../../../../lib/terminal/input/key.ts";
import { settle } from "../../../kit/clock.ts";
import { VideoServer } from "../../../kit/video_server.ts";

const NO_MODIFIERS = { ctrl: false, alt: false, shift: false, sequence: "" } as const;

/** Presses each key once the server has opened so many streams. */
function pressing(server: VideoServer, keys: readonly (readonly [opened: number, text: string])[]) {
  const left = [...keys];
  const viewer = new NoViewer();
  viewer.nextKey = async () => {
    const [opened, text] = left.shift() ?? [0, "q"];
    while (server.videos.length < opened) await settle();
    await settle();
    return { kind: "text", text, sequence: text };
  };
  return viewer;
}

Deno.test("n plays the next video of several, p the one before, and what was seen is told of each", async () => {
  const server = new VideoServer();
  const keys = [[1, "n"], [2, "n"], [3, "n"], [3, "p"], [4, "q"]] as const;
  const { watched, before } = await server.watch(
    () => Promise.resolve({ viewer: pressing(server, keys) }),
    { then: ["B", "C"] },
  );
  deepEqual(server.videos, ["Film", "B", "C", "B"]);
  deepEqual(before.map(({ watched: { name, complete } }) => [name, complete]), [
    ["film", false],
    ["b", false],
    ["c", false],
  ]);
  deepEqual([watched.name, watched.interrupted], ["b", false]);
  deepEqual(server.controls, ["stop", "stop", "stop", "stop"]);
});

Deno.test("videos of a list follow each other when they end, and L plays one again", async () => {
  const server = new VideoServer();
  const viewer = pressing(server, [[2, "L"]]);
  const { nextKey } = viewer;
  let keysRead = 0;
  viewer.nextKey = async (signal) => {
    // It is left once it has begun again.
    if (keysRead++ > 0) { while (!server.controls.includes("seek")) await settle(); }
    return await nextKey.call(viewer, signal);
  };
  const watching = server.watch(() => Promise.resolve({ viewer }), { then: ["B"] });
  while (server.videos.length < 1) await settle();
  await settle();
  server.end(0);
  while (server.videos.length < 2) await settle();
  while (keysRead < 2) await settle();
  server.end(0);
  const { before, watched } = await watching;
  deepEqual([before.length, before[0].watched.complete, watched.complete], [1, true, false]);
  deepEqual(server.controls, ["stop", "seek", "stop"]);
  deepEqual(server.positions, [0]);
});

Deno.test("a video goes on where it was stopped, unless somebody says where", async () => {
  const marks = { recall: () => Promise.resolve(7_000), kept: [] as unknown[] };
  const keep = (mark: unknown) => Promise.resolve(void marks.kept.push(mark));
  for (const [startMs, expected] of [[undefined, [7_000]], [0, []], [9_000, [9_000]]] as const) {
    const server = new VideoServer();
    server.durationMs = 60_000;
    const viewer = pressing(server, [[1, "q"]]);
    Object.defineProperty(viewer, "hasStatus", { value: true });
    await server.watch(() => Promise.resolve({ viewer }), {
      startMs,
      marks: { ...marks, keep },
    });
    deepEqual(server.positions, expected);
  }
  const kept = [7_000, 0, 9_000].map((positionMs) => ({
    ...{ name: "film", durationMs: 60_000, positionMs },
  }));
  deepEqual(marks.kept, kept);
});

Deno.test("seeks that arrive together add up, and do not wait for each other", async () => {
  const server = new VideoServer();
  server.durationMs = 60_000;
  const viewer = new NoViewer();
  const right: Key = { kind: "key", name: "right", ...NO_MODIFIERS };
  const keys: Key[] = [right, right, { kind: "text", text: "q", sequence: "q" }];
  viewer.nextKey = () => Promise.resolve(keys.shift());
  await server.watch(() => Promise.resolve({ viewer }));
  deepEqual(server.positions, [5_000, 10_000]);
});
