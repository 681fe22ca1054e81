import { deepEqual, equal, rejects } from "node:assert/strict";
import { Refusal, UsageError } from "../../../../lib/base/errors.ts";
import { NoViewer, type Viewer } from "../../../../lib/cli/video/viewer.ts";
import { watch } from "../../../../lib/cli/video/watch.ts";
import { Link } from "../../../../lib/client/link.ts";
import { Connection } from "../../../../lib/net/connection.ts";
import { Flusher } from "../../../../lib/net/flusher.ts";
import { memoryLink } from "../../../../lib/net/memory.ts";
import { TimerWheel } from "../../../../lib/net/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { encodePacket, type Packet } from "../../../../lib/protocol/packet.ts";
import type { Key } from "../../../../lib/terminal/key.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

const STREAM = 3;

/** A server with one video, which it opens or refuses. */
class VideoServer {
  readonly clock = new FakeClock();
  readonly link: Link;
  /** Words of `video.control`. */
  readonly controls: unknown[] = [];
  /** Modes of `video.open`. */
  readonly modes: unknown[] = [];
  readonly #connection: Connection;
  readonly #refusal: { code: string; problem?: string } | undefined;

  constructor(refusal?: { code: string; problem?: string }) {
    this.#refusal = refusal;
    const ends = memoryLink();
    const make = (stream: typeof ends.near) =>
      new Connection(stream, {
        wheel: new TimerWheel(this.clock),
        flusher: new Flusher(this.clock),
        limits: SIGNED_IN_PACKET_LIMITS,
        remoteAddress: "192.0.2.1",
      });
    this.#connection = make(ends.far);
    this.#connection.run((packet) => this.#receive(packet));
    this.link = new Link(make(ends.near), this.clock);
  }

  watch(open: () => Promise<{ viewer: Viewer }>) {
    return watch(this.link, {
      video: "Film",
      mode: "thirds",
      speed: 1,
      open,
      clock: this.clock,
      signal: new AbortController().signal,
    });
  }

  #receive({ header }: Packet): void {
    const { kind, request, epoch, action } = header;
    if (kind === "video.open" && this.#refusal !== undefined) {
      const { code } = this.#refusal;
      this.#answer("failure", { request, code, message: "In general words" });
    } else if (kind === "video.open") {
      this.modes.push(header.mode);
      const { mode } = header;
      const opened = { stream: STREAM, name: "film", mode, total: 5, durationMs: 500 };
      this.#answer("video.opened", { request, ...opened });
    } else if (kind === "video.list") {
      const { problem } = this.#refusal ?? {};
      const film = { number: 1, name: "film", ready: [], sizeBytes: 9 };
      const videos = [{ ...film, ...(problem === undefined ? {} : { problem }) }];
      this.#answer("video.library", { request, videos, more: false });
    } else if (kind === "video.control") {
      this.controls.push(action);
      this.#answer("video.controlled", { request, stream: STREAM, epoch });
    }
  }

  #answer(kind: string, fields: object): void {
    this.#connection.send(encodePacket({ kind, ...fields }), "control");
  }
}

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

function ctrl(name: string): Key {
  return { kind: "key", name, ctrl: true, alt: false, shift: false, sequence: "" };
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

Deno.test("another mode is the same video from the same moment, on the same screen", async () => {
  const server = new VideoServer();
  const typed: Key[] = ["m", "m", "q"].map((text) => ({ kind: "text", text, sequence: text }));
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
  deepEqual(server.modes, ["thirds", "fixed:240p", "fixed:720p"]);
  deepEqual(server.controls, ["stop", "seek", "stop", "seek", "stop"]);
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
      error.message === "There is no video called Film here",
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
