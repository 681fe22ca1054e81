import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Refusal, TransportError, UsageError } from "../../../../lib/base/errors.ts";
import { NoViewer } from "../../../../lib/cli/video/viewer.ts";
import { VIDEOS, watchedLine } from "../../../../lib/app/commands/videos.ts";
import { watch } from "../../../../lib/cli/video/watch.ts";
import type { Link } from "../../../../lib/client/link/link.ts";
import { EXIT, exitCodeOf } from "../../../../lib/commands/exit_code.ts";
import type { Key } from "../../../../lib/terminal/input/key.ts";
import { settle } from "../../../kit/clock.ts";
import { VideoServer } from "../../../kit/video_server.ts";

/** Somebody presses one key. */
class OneKey extends NoViewer {
  readonly #key: Key;
  constructor(key: Key) {
    super();
    this.#key = key;
  }
  override nextKey(): Promise<Key | undefined> {
    return Promise.resolve(this.#key);
  }
}

const NO_MODIFIERS = { ctrl: false, alt: false, shift: false, sequence: "" } as const;

function ctrl(name: string): Key {
  return { kind: "key", name, ...NO_MODIFIERS, ctrl: true };
}

const KEYS: readonly (readonly [name: string, key: Key, interrupted: boolean])[] = [
  ["q", { kind: "text", text: "q", sequence: "q" }, false],
  ["ctrl-D", ctrl("d"), false],
  ["ctrl-C", ctrl("c"), true],
];

for (const [name, key, interrupted] of KEYS) {
  Deno.test(`a video that is left by ${name} was ${interrupted ? "" : "not "}interrupted, and is stopped`, async () => {
    const server = new VideoServer();
    const { watched } = await server.watch(() => Promise.resolve({ viewer: new OneKey(key) }));
    equal(watched.complete, false);
    equal(watched.interrupted, interrupted);
    deepEqual(server.controls, ["stop"]);
  });
}

Deno.test("whoever waits for a video that the server does not open is told what for, and can leave", async () => {
  const server = new VideoServer();
  server.opens = 0;
  const told: string[] = [];
  const stop = new AbortController();
  const watching = server.watch(() => Promise.resolve({ viewer: new NoViewer() }), {
    tell: (line) => Promise.resolve(void told.push(line)),
    signal: stop.signal,
  });
  await server.clock.advance(1_499);
  deepEqual(told, []);
  await server.clock.advance(1);
  deepEqual(told, ["Waiting for the server, which reads Film first"]);
  stop.abort(new DOMException("left", "AbortError"));
  await rejects(watching, { name: "AbortError", message: "left" });
});

Deno.test("a video that the server does not open in time is refused in words", async () => {
  const server = new VideoServer();
  server.opens = 0;
  const watching = server.watch(() => Promise.resolve({ viewer: new NoViewer() }));
  const refused = rejects(watching, {
    code: "timeout",
    message: "Cannot watch Film yet: the server still reads it. Try again in a minute",
  });
  await server.clock.advance(30_000);
  await refused;
});

Deno.test("whoever waits for the next video of several is told so below the last picture, and can leave", async () => {
  const server = new VideoServer();
  server.opens = 1;
  const said: string[] = [];
  const viewer = new NoViewer();
  Object.defineProperty(viewer, "hasStatus", { value: true });
  viewer.status = (text?: string) => Promise.resolve(void said.push(text ?? ""));
  const typed = (text: string): Key => ({ kind: "text", text, sequence: text });
  viewer.nextKey = async () => {
    if (server.videos.length < 2) return typed("n");
    await server.clock.advance(1_500);
    return typed("q");
  };
  const { watched } = await server.watch(() => Promise.resolve({ viewer }), { then: ["B"] });
  deepEqual([watched.complete, watched.interrupted], [false, false]);
  ok(said.some((text) => text.includes("which reads B first")), said.join("\n"));
});

Deno.test("D6: while pictures do not come, the line says that the server makes them", async () => {
  const server = new VideoServer();
  const said: string[] = [];
  const viewer = new NoViewer();
  Object.defineProperty(viewer, "hasStatus", { value: true });
  viewer.status = (text?: string) => Promise.resolve(void said.push(text ?? ""));
  let keysRead = 0;
  viewer.nextKey = async () => {
    if (keysRead++ > 0) return { kind: "text", text: "q", sequence: "q" };
    server.makes(0);
    await server.clock.advance(3_000);
    return { kind: "text", text: "x", sequence: "x" };
  };
  await server.watch(() => Promise.resolve({ viewer }));
  const line = said.at(-1) ?? "";
  ok(line.includes("waiting for pictures") && line.includes("the server is making them"), line);
});

Deno.test("D6a: keys that arrive together are a key each", async () => {
  const server = new VideoServer();
  const together: Key = { kind: "text", text: "]5q", sequence: "]5q" };
  await server.watch(() => Promise.resolve({ viewer: new OneKey(together) }));
  deepEqual(server.controls, ["speed", "seek", "stop"]);
});

Deno.test("digits seek to that tenth, arrows by 5 s and by a minute, never beyond the end", async () => {
  const server = new VideoServer();
  const named = (name: string): Key => ({ kind: "key", name, ...NO_MODIFIERS });
  const typed = (text: string): Key => ({ kind: "text", text, sequence: text });
  const keys = [typed("5"), named("up"), named("down"), typed("q")];
  const viewer = new NoViewer();
  viewer.nextKey = () => Promise.resolve(keys.shift());
  await server.watch(() => Promise.resolve({ viewer }));
  deepEqual(server.positions, [250, 499, 0]);
});

Deno.test("D6: pause and another place are seen at once, whatever the server says", async () => {
  const server = new VideoServer();
  const keys: Key[] = [" ", "5", "q"].map((text) => ({ kind: "text", text, sequence: text }));
  const said: string[] = [];
  const viewer = new NoViewer();
  viewer.nextKey = () => Promise.resolve(keys.shift());
  viewer.status = (text?: string) => Promise.resolve(void said.push(text ?? ""));
  await server.watch(() => Promise.resolve({ viewer }));
  equal(said.some((text) => text.startsWith("film  paused  0:00/0:00")), true, said.join("|"));
});

Deno.test("D4: the closing line counts frames that were drawn, and all that were not as dropped", () => {
  const watched = { name: "film", total: 249, durationMs: 8_300, complete: true };
  const played = { received: 154, shown: 140, droppedByServer: 95, droppedHere: 14 };
  const drawn = { method: "sixel", drawn: 13, dropped: 126, refused: 1 };
  equal(
    watchedLine({ ...watched, ...played, interrupted: false }, drawn),
    "Video ended: 13 frames of 249, 8.3 s, 236 dropped",
  );
  const problem = "the file is cut short";
  equal(
    watchedLine({ ...watched, ...played, problem, interrupted: false }, drawn),
    "Video ended: 13 frames of 249, 8.3 s, 236 dropped; the file is cut short",
  );
});

Deno.test("in a conversation the closing line says how long the video was, and no frames", () => {
  const watched = { name: "film", total: 249, durationMs: 74_300, complete: true };
  const played = { received: 154, shown: 140, droppedByServer: 95, droppedHere: 14 };
  const statistics = { method: "sixel", drawn: 13, dropped: 126, refused: 1 };
  const line = (facts: { complete?: boolean; problem?: string }) =>
    VIDEOS.wording.watched.line(
      {
        ...{ watched: { ...watched, ...played, interrupted: false, ...facts }, statistics },
        ...{ mode: "thirds", saved: undefined, folder: undefined },
      },
      { time: String, command: String, isDialogue: true },
    );
  equal(line({}), "film ended (1:14)");
  equal(line({ complete: false }), "film stopped");
  equal(line({ problem: "the file is cut short" }), "film ended (1:14): the file is cut short");
});

Deno.test("another mode is the same video from the same moment, on the same screen", async () => {
  const server = new VideoServer();
  const typed: Key[] = ["M", "M", "q"].map((text) => ({ kind: "text", text, sequence: text }));
  let opened = 0;
  const { watched } = await server.watch(() => {
    opened++;
    const viewer = new NoViewer();
    viewer.nextKey = async () => {
      // A key for each stream that was opened.
      while (server.modes.length + typed.length < 4) await settle();
      return typed.shift();
    };
    return Promise.resolve({ viewer });
  });
  equal(opened, 1);
  equal(watched.interrupted, false);
  deepEqual(server.modes, ["thirds", "fixed:240p", "fixed:480p"]);
  deepEqual(server.controls, ["stop", "seek", "stop", "seek", "stop"]);
});

/** Watches every frame of `first`, whose connection ends behind the frame with this index, and goes on as `reconnect` says. */
async function watchCut(
  first: VideoServer,
  reconnect: () => Promise<Link>,
  nextKey?: NoViewer["nextKey"],
  beforeTheCut?: () => void,
) {
  const saved: number[] = [];
  const shown: number[] = [];
  const viewer = new NoViewer();
  if (nextKey !== undefined) viewer.nextKey = nextKey;
  viewer.show = () => Promise.resolve(void shown.push(saved.length));
  const watching = watch(first.link, {
    video: "Film",
    mode: "thirds",
    speed: 0,
    open: () =>
      Promise.resolve({
        viewer,
        saver: { save: ({ index }) => void saved.push(index), flush: () => Promise.resolve() },
      }),
    clock: first.clock,
    signal: new AbortController().signal,
    reconnect,
  });
  // Awaited by the test after the server's part.
  watching.catch(() => {});
  while (first.modes.length === 0) await settle();
  await settle();
  for (const index of [0, 1, 2]) first.frame(index, 0);
  while (shown.length < 3) await settle();
  beforeTheCut?.();
  if (beforeTheCut !== undefined) { while (!first.controls.includes("seek")) await settle(); }
  await first.close();
  return { watching, saved, shown };
}

Deno.test("a video goes on over another connection from the same moment, with no frame lost or twice", async () => {
  const [first, lost, second] = [new VideoServer(), new VideoServer(), new VideoServer()];
  await lost.close();
  // The second connection is gone again before anything can be asked.
  const links = [lost.link, second.link];
  const { watching, saved, shown } = await watchCut(first, () => {
    const link = links.shift();
    return link === undefined
      ? Promise.reject(new Error("asked too often"))
      : Promise.resolve(link);
  });
  while (second.controls.length === 0) await settle();
  deepEqual([second.modes, second.controls], [["thirds"], ["seek"]]);
  for (const index of [2, 3, 4]) second.frame(index, 1);
  second.end(1);
  const { watched } = await watching;
  deepEqual(saved, [0, 1, 2, 3, 4]);
  equal(shown.length, 5);
  const { complete, received, shown: counted, droppedHere, total } = watched;
  deepEqual([complete, received, counted, droppedHere, total], [true, 5, 5, 0, 5]);
});

for (const when of ["while there is no connection", "before it was known to be lost"] as const) {
  Deno.test(`a place that is chosen ${when} is shown and saved from there on`, async () => {
    const [first, second] = [new VideoServer(), new VideoServer()];
    const isEarly = when !== "while there is no connection";
    let keysRead = 0;
    const home: Key = { kind: "key", name: "home", ...NO_MODIFIERS };
    const cut = Promise.withResolvers<void>();
    const nextKey = async () => {
      if (keysRead++ > 0) return undefined;
      await cut.promise;
      return home;
    };
    const { watching, saved, shown } = await watchCut(
      first,
      async () => {
        cut.resolve();
        // The key was pressed once somebody asks for more.
        while (keysRead < 2) await settle();
        return second.link;
      },
      nextKey,
      isEarly ? () => cut.resolve() : undefined,
    );
    while (second.controls.length === 0) await settle();
    for (const index of [0, 1, 2, 3, 4]) second.frame(index, 1);
    second.end(1);
    await watching;
    deepEqual(saved, [0, 1, 2, 0, 1, 2, 3, 4]);
    equal(shown.length, 8);
  });
}

Deno.test("a video whose connection does not come back ends with why, which is no fault of the program", async () => {
  const reason = new TransportError("offline", "The connection to the server was lost");
  const { watching } = await watchCut(new VideoServer(), () => Promise.reject(reason));
  await rejects(watching, reason);
  equal(exitCodeOf(reason, () => undefined), EXIT.unreachable);
});

Deno.test("a video without another way ends when its connection does, as what cannot be reached", async () => {
  const server = new VideoServer();
  const watching = rejects(server.watch(() => Promise.resolve({ viewer: new NoViewer() })), {
    name: "TransportError",
    code: "offline",
  });
  while (server.modes.length === 0) await settle();
  await server.close();
  await watching;
});

Deno.test("the screen is not taken for a video that the server does not have", async () => {
  const server = new VideoServer({ code: "unknown-video" });
  let opened = 0;
  await rejects(
    server.watch(() => {
      opened++;
      return Promise.resolve({ viewer: new NoViewer() });
    }),
    (error) =>
      error instanceof Refusal && error.code === "unknown-video" &&
      error.message === 'No video "Film" on this server: the command videos lists them',
  );
  equal(opened, 0);
});

Deno.test("a video that cannot be watched is refused in the words of the list", async () => {
  const server = new VideoServer({ code: "media-refused", problem: "it has no picture stream" });
  await rejects(server.watch(() => Promise.resolve({ viewer: new NoViewer() })), {
    code: "media-refused",
    message: "Cannot watch Film: it has no picture stream",
  });
  // Where the list does not say, the server's own words stay.
  const silent = new VideoServer({ code: "media-refused" });
  await rejects(silent.watch(() => Promise.resolve({ viewer: new NoViewer() })), {
    message: "In general words",
  });
});

Deno.test("a stream is stopped when there is nothing to draw it on", async () => {
  const server = new VideoServer();
  const none = new UsageError("no-terminal", "There is no terminal");
  await rejects(server.watch(() => Promise.reject(none)), none);
  deepEqual(server.controls, ["stop"]);
});
