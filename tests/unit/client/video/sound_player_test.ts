import { deepEqual, equal, ok } from "node:assert/strict";
import { MediaError, Refusal } from "../../../../lib/base/errors.ts";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import type { Link } from "../../../../lib/client/link/link.ts";
import { findTracks, SoundPlayer } from "../../../../lib/client/video/sound_player.ts";
import { PlaybackClock } from "../../../../lib/media/playback/playback_clock.ts";
import type { SoundOutput, SoundReading } from "../../../../lib/media/sound/sound_output.ts";
import { unitStart } from "../../../../lib/media/sound/sound_unit.ts";
import type { SoundWay } from "../../../../lib/media/sound/sound_ways.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

/** Of silence: libopus makes up what a packet without a frame would have had. */
const PACKET = new Uint8Array([0xfc]);

/** Sends what is asked for at once, and notes it. */
class SoundServer {
  readonly asked: { from: number; until: number; track: number; epoch: number }[] = [];
  #heard: (fields: object, payload: Bytes) => void = () => {};
  readonly link = {
    on: (_kind: string, handler: (fields: object, payload: Bytes) => void) => {
      this.#heard = handler;
    },
    tell: (_kind: string, fields: SoundServer["asked"][number]) => {
      this.asked.push(fields);
      queueMicrotask(() => this.#send(fields));
    },
  } as unknown as Link;

  #send({ from, until, track, epoch }: SoundServer["asked"][number]): void {
    const first = Math.floor(Math.max(0, from - 80) / 200);
    for (let unit = first; unit * 200 < until; unit++) {
      const sizes = new Array(10).fill(PACKET.length);
      const fields = { stream: 1, epoch, track, ...unitStart(unit), sizes };
      this.#heard(fields, new Uint8Array(new Array(10).fill([...PACKET]).flat()));
    }
  }
}

/** A player that is so late, and says so. */
class FakeOutput implements SoundOutput {
  readonly name = "fake";
  readonly pieces: { bytes: number; isClosed: boolean }[] = [];
  read: (heardMs: number) => void = () => {};

  constructor(readonly clock: FakeClock) {}

  begin(onReading: (reading: SoundReading) => void) {
    const piece = { bytes: 0, isClosed: false };
    this.pieces.push(piece);
    this.read = (heardMs) => onReading({ heardMs, atMs: this.clock.monotonicMs() });
    return Promise.resolve({
      write: (pcm: Bytes) => {
        piece.bytes += pcm.length;
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => {
        piece.isClosed = true;
        return Promise.resolve();
      },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function scene(about: { ways?: readonly SoundWay[]; silence?: string } = {}) {
  const clock = new FakeClock();
  const playback = new PlaybackClock(1);
  const output = new FakeOutput(clock);
  const works = { name: "fake", path: "/fake", open: () => Promise.resolve(output) };
  const server = new SoundServer();
  const player = new SoundPlayer({
    ...{ clock, playback, language: undefined, onChanged: () => {} },
    ...{ ways: about.ways ?? [works], silence: about.silence },
  });
  const source = { link: server.link, stream: 1, name: "film", epoch: 0, framesPerSecond: 25 };
  const stop = new AbortController();
  const running = player.run(stop.signal).catch(() => {});
  /** Pictures come when they are due. */
  async function play(fromMs: number, toMs: number, lateMs = 0): Promise<void> {
    for (let ptsMs = fromMs; ptsMs < toMs; ptsMs += 40) {
      player.arrived(ptsMs - lateMs);
      playback.arrived(ptsMs - lateMs, clock.monotonicMs());
      playback.reached(ptsMs - lateMs);
      await settle();
      await clock.advance(40);
    }
  }
  return {
    ...{ clock, playback, output, works, server, player, source, play },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("sound is written a quarter of a second ahead, and pictures then keep its time", async () => {
  await using it = scene();
  it.player.attach(it.source, [{ language: "eng" }]);
  await it.play(0, 400);
  // The decoder is loaded meanwhile.
  // No time passes for that: a player that waits for too long gives up.
  while (it.output.pieces[0] === undefined || it.output.pieces[0].bytes === 0) await settle();
  equal(it.player.silence, undefined);
  equal(it.player.heardBy, "fake");
  equal(it.playback.dueMs(0) <= it.clock.monotonicMs(), true);
  const dueMs = it.playback.dueMs(0);
  for (let i = 1; i <= 5; i++) it.output.read(100 * i);
  ok(it.playback.dueMs(0) !== dueMs, "the pictures keep the time of the sound");
  it.player.changed();
  await settle();
  await it.clock.advance(40);
  equal(it.output.pieces[0].isClosed, true, "another place ends what is heard");
});

Deno.test("a way that does not work is followed by the next, and by silence in a word", async () => {
  const broken = {
    name: "broken",
    path: "/broken",
    open: () => Promise.reject(new MediaError("sound-server", "nobody is there")),
  };
  await using it = scene({ ways: [broken, broken] });
  it.player.attach(it.source, [{}]);
  await it.play(0, 800);
  equal(it.player.silence, "nothing here plays it");
});

Deno.test("the last way that is given up says why nothing is heard", async () => {
  const hangs = {
    name: "mpv",
    path: "/mpv",
    open: () => Promise.reject(new MediaError("sound-program", "Cannot play sound: mpv hangs")),
  };
  await using it = scene({ ways: [hangs] });
  it.player.attach(it.source, [{}]);
  await it.play(0, 800);
  equal(it.player.silence, "mpv hangs");
});

Deno.test("where nothing is heard one word says why", async () => {
  await using remote = scene({ silence: "this is a remote session" });
  equal(remote.player.silence, "this is a remote session");
  await using it = scene();
  it.player.attach(it.source, []);
  equal(it.player.silence, "this video has none");
  it.player.attach({ ...it.source, name: "other" }, [{}]);
  equal(it.player.silence, undefined);
  it.playback.setRate(2);
  equal(it.player.silence, "only at its own pace");
  await it.play(0, 400);
  deepEqual(it.server.asked, [], "nothing is asked for that nobody hears");
});

Deno.test("a server without sound is asked once, and told nothing", async () => {
  const refuses = (code: string) =>
    ({
      ask: () => Promise.reject(new Refusal(code, "Unknown request")),
    }) as unknown as Link;
  deepEqual(await findTracks(refuses("bad-message"), 1), { refused: "this server sends none" });
  deepEqual(await findTracks(refuses("media-refused"), 1), { refused: "Unknown request" });
});

Deno.test("mute and volume are what the person says, between nothing and all", async () => {
  await using it = scene();
  const { player } = it;
  player.toggleMute();
  equal(player.isMuted, true);
  player.changeVolume(-3);
  deepEqual([player.isMuted, player.volume], [false, 70]);
  player.changeVolume(-30);
  equal(player.volume, 0);
  player.changeVolume(30);
  equal(player.volume, 100);
  player.attach(it.source, [{ language: "eng" }, { title: "Commentary" }]);
  equal(player.trackName, "eng");
  player.nextTrack();
  equal(player.trackName, "Commentary");
  // The connection was lost meanwhile, and the film replaced by one with fewer.
  player.nextTrack();
  player.attach(it.source, [{ language: "eng" }, {}, { title: "Commentary" }]);
  player.nextTrack();
  player.nextTrack();
  equal(player.trackName, "Commentary");
  player.attach(it.source, [{ language: "eng" }, { language: "deu" }]);
  equal(player.trackName, "eng");
});
