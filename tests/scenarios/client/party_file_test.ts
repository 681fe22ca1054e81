/** Watch parties with a file of the host's own: whole clients over a whole server, a file without ffmpeg, a false clock. */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { decodeUtf8, utf8 } from "../../../lib/base/bytes.ts";
import type { Peer } from "../../../lib/base/ids.ts";
import {
  HostedFile,
  type HostedSource,
  watchHosted,
} from "../../../lib/client/party/hosted_file.ts";
import type { LiveListener } from "../../../lib/client/streams/live_sound.ts";
import type { SoundReserve } from "../../../lib/client/video/sound_buffer.ts";
import { LOOKAHEAD_MS, PACKET_MS, SILENT_PACKET } from "../../../lib/media/sound/opus_packet.ts";
import { Parties, type WatchParty } from "../../../lib/client/party/parties.ts";
import { PARTY_SILENCE_MS } from "../../../lib/client/party/party.ts";
import { streamsOf } from "../../../lib/client/client_streams.ts";
import type { LiveSummary } from "../../../lib/client/streams/live_counts.ts";
import { enqueueControlMessage } from "../../../lib/client/sending/sender.ts";
import { draftMessage } from "../../../lib/client/store/drafts.ts";
import type { Picture } from "../../../lib/client/video/frame_assembly.ts";
import { newPartyId, newStreamId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { PARTY_MESSAGES } from "../../../lib/protocol/peer/party.ts";
import { settle as turn } from "../../kit/clock.ts";
import type { TestClient, World } from "../../kit/test_client.ts";
import { found, lines, settle, town } from "../../kit/town.ts";

const FILM_MS = 600_000;
const STEP_MS = 20;
/** Everyone within so much of each other. */
const TOGETHER_MS = 100;
/** What the host does is seen everywhere by then. */
const FOLLOWED_MS = 300;

/** A picture that says its place in the file. */
const film = (filmMs = FILM_MS): HostedSource => ({
  title: "holiday.mp4",
  capture: async ({ step: { framesPerSecond }, fromMs, onFrame }, signal) => {
    for (let index = 0;; index++) {
      const placeMs = fromMs + index * 1000 / framesPerSecond;
      if (placeMs >= filmMs) return;
      signal.throwIfAborted();
      await onFrame({ index, widthPx: 640, heightPx: 360, jpeg: utf8(`${placeMs}`) });
    }
  },
});

/** Of a sound that says its place in the file: what is behind the form of a packet. */
const isSilent = (packet: Uint8Array) => packet.length === SILENT_PACKET.length;
const placeOf = (packet: Uint8Array) => new DataView(packet.buffer, packet.byteOffset).getUint32(1);

/** The same with such a sound, whose first packet comes after a while, as that of ffmpeg does. */
const heardFilm = (world: () => World, startMs = 60): HostedSource => ({
  ...film(),
  sound: async ({ fromMs, onPacket }, signal) => {
    await world().clock.sleep(startMs, { signal });
    for (let placeMs = fromMs; placeMs < FILM_MS; placeMs += PACKET_MS) {
      const packet = new Uint8Array(8);
      packet[0] = 0xfc;
      new DataView(packet.buffer).setUint32(1, placeMs);
      await onPacket(packet);
      signal.throwIfAborted();
    }
  },
});

/** What somebody hears: it says at any time what is to be heard then. */
class Ears implements LiveListener {
  reserve: SoundReserve | undefined;
  absence: string | undefined;
  attachLive(sound: SoundReserve): void {
    this.reserve = sound;
  }
  came(): void {}
  detach(absence: string): void {
    this.absence = absence;
  }
  arrived(): void {}

  /** The place in the file; "silent", and undefined where nothing came. `streamMs`: now. */
  placeMs(streamMs: number): number | "silent" | undefined {
    const sample = Math.round(streamMs * 48);
    const found = this.reserve?.packetAt(sample);
    if (found === undefined) return undefined;
    if (isSilent(found.packet)) return "silent";
    return placeOf(found.packet) + (sample - found.from) / 48 - LOOKAHEAD_MS;
  }
}

/** What somebody sees: the place in the file, and when it came to the screen. */
class Eyes {
  placeMs = -1;
  count = 0;
  /** When a place was seen first. */
  readonly seenMs = new Map<number, number>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  readonly show = (picture: Pick<Picture, "jpeg">): Promise<void> => {
    this.placeMs = Number(decodeUtf8(picture.jpeg));
    this.count++;
    const nowMs = this.#world.clock.monotonicMs();
    if (!this.seenMs.has(this.placeMs)) this.seenMs.set(this.placeMs, nowMs);
    return Promise.resolve();
  };
}

/** Somebody who has come to the party. */
interface Watcher {
  readonly party: WatchParty;
  readonly eyes: Eyes;
  readonly ears: Ears;
  readonly ended: Promise<LiveSummary>;
  readonly leave: AbortController;
}

/** Alice shows a file in a room where bob and carol are. */
async function scene(source: HostedSource | ((world: () => World) => HostedSource) = film()) {
  const place = await town(3);
  const { alice, bob, carol, world } = place;
  const shown = typeof source === "function" ? source(() => world) : source;
  const room = await found(alice, [bob, carol]);
  for (let i = 0; i < 2; i++) await settle(alice, bob, carol);
  const hosted = await HostedFile.open(alice.client, room, shown);
  await settle(alice, bob, carol);
  const [eyes, ears] = [new Eyes(world), new Ears()];
  const stop = new AbortController();
  const running = hosted.run(eyes.show, { signal: stop.signal });
  running.catch(() => {});
  const hearing = hosted.hear(ears, stop.signal).catch(() => {});
  const watchers: Watcher[] = [];
  /** Time goes on, and what leaves arrives: no machine is too slow for that. */
  const goOn = async (durationMs: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += STEP_MS) {
      await world.clock.advance(STEP_MS);
      for (let turns = 0; turns < 5; turns++) await turn();
    }
  };
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!await isSo()) await goOn(STEP_MS);
  };
  const sees = async (watcher: Watcher) => {
    await settle(alice);
    await until(() => watcher.eyes.count > 0);
    return watcher;
  };
  return {
    ...place,
    ...{ room, hosted, eyes, ears, stop, running, watchers, goOn, until },
    async joins(client: TestClient): Promise<Watcher> {
      let watcher: Watcher | undefined;
      const joining = join(client, room, world).then((joined) => watcher = joined);
      await until(() => watcher !== undefined);
      watchers.push(await joining);
      return await sees(await joining);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const { leave, ended } of watchers) {
        leave.abort();
        await ended.catch(() => {});
      }
      await running.catch(() => {});
      await hearing;
      await place[Symbol.asyncDispose]();
    },
  };
}

async function join(client: TestClient, room: Peer, world: World): Promise<Watcher> {
  const party = await new Parties(client.client).join(room);
  const leave = new AbortController();
  const watch = await watchHosted(streamsOf(client.client), party, leave.signal);
  const [eyes, ears] = [new Eyes(world), new Ears()];
  const hearing = watch.hear(ears, leave.signal).catch(() => {});
  const ended = watch.play({ show: eyes.show }, { signal: leave.signal })
    .finally(async () => {
      leave.abort();
      await hearing;
      await watch.close();
    });
  ended.catch(() => {});
  return { party, eyes, ears, ended, leave };
}

/** How far apart in time these saw each place that all of them saw since. */
function spreadMs(all: readonly Eyes[], sinceMs: number): number {
  const [first, ...others] = all;
  let worstMs = -1;
  for (const [place, atMs] of first.seenMs) {
    const times = [atMs, ...others.map(({ seenMs }) => seenMs.get(place))];
    if (atMs < sinceMs || times.some((time) => time === undefined)) continue;
    const known = times.map(Number);
    worstMs = Math.max(worstMs, Math.max(...known) - Math.min(...known));
  }
  return worstMs;
}

Deno.test("J6: a room watches a file of the host's own: all see the same, and pause, seek and speed are the host's", async () => {
  await using place = await scene();
  const { alice, bob, carol, room, hosted, eyes, world, goOn, until } = place;
  deepEqual(
    (await lines(bob, room)).at(-1),
    'alice started a watch party with "holiday.mp4": /party join',
  );
  deepEqual(await streamsOf(bob.client).waiting(), [], "nobody is asked twice");
  const [bobs, carols] = [await place.joins(bob), await place.joins(carol)];
  const all = [eyes, bobs.eyes, carols.eyes];
  const now = () => world.clock.monotonicMs();
  let sinceMs = now();
  await goOn(3_000);
  const together = (what: string) => {
    const worstMs = spreadMs(all, sinceMs);
    ok(worstMs >= 0 && worstMs <= TOGETHER_MS, `${what}: ${worstMs} ms apart`);
  };
  together("playing");
  await hosted.steer({ isPaused: true });
  await goOn(FOLLOWED_MS);
  const standsMs = eyes.placeMs;
  deepEqual(all.map(({ placeMs }) => placeMs), [standsMs, standsMs, standsMs], "paused");
  await goOn(2_000);
  deepEqual(all.map(({ placeMs }) => placeMs), [standsMs, standsMs, standsMs], "still paused");
  await settle(alice, bob, carol);
  equal(bobs.party.view.point.isPaused, true);
  await hosted.steer({ positionMs: 300_000 });
  await goOn(FOLLOWED_MS);
  deepEqual(all.map(({ placeMs }) => placeMs), [300_000, 300_000, 300_000], "sought while paused");
  await hosted.steer({ isPaused: false, rate: 2 });
  sinceMs = now();
  await until(() => all.every(({ placeMs }) => placeMs > 304_000));
  together("at twice the speed");
  // Twice the speed: 4 s of the file in 2 s and what a change takes.
  ok(now() - sinceMs <= 2_000 + FOLLOWED_MS + TOGETHER_MS, `${now() - sinceMs} ms`);
  await hosted.steer({ positionMs: 10_000, rate: 1 });
  sinceMs = now();
  await goOn(FOLLOWED_MS + TOGETHER_MS);
  ok(all.every(({ placeMs }) => placeMs >= 10_000 && placeMs < 11_000), "sought back");
  together("sought back");
});

/** What somebody hears now, and the place that all are to hear. */
function heardNow({ hosted, world }: Pick<Awaited<ReturnType<typeof scene>>, "hosted" | "world">) {
  const nowMs = world.clock.monotonicMs();
  return {
    dueMs: hosted.positionMs,
    host: (ears: Ears) => ears.placeMs(nowMs),
    watcher: ({ ears, party }: Watcher) => ears.placeMs(nowMs - party.zeroMs),
  };
}

Deno.test("J6: the sound of a hosted file is heard by all at the place that they see, and follows pause, seek and speed in 300 ms", async () => {
  await using place = await scene(heardFilm);
  const { bob, carol, hosted, ears, goOn, until } = place;
  const watchers = [await place.joins(bob), await place.joins(carol)];
  const all = () => {
    const now = heardNow(place);
    return { dueMs: now.dueMs, heard: [now.host(ears), ...watchers.map(now.watcher)] };
  };
  const togetherIn = (what: string) => {
    const { dueMs, heard } = all();
    for (const one of heard) {
      ok(typeof one === "number", `${what}: ${heard}`);
      ok(Math.abs(one - dueMs) <= PACKET_MS, `${what}: ${one} for ${dueMs}`);
    }
  };
  await until(() => all().heard.every((one) => typeof one === "number"));
  for (let i = 0; i < 20; i++) {
    await goOn(100);
    togetherIn("playing");
  }
  await hosted.steer({ isPaused: true });
  await goOn(FOLLOWED_MS);
  deepEqual(all().heard, ["silent", "silent", "silent"], "paused");
  await goOn(1_000);
  deepEqual(all().heard, ["silent", "silent", "silent"], "still paused");
  await hosted.steer({ isPaused: false, positionMs: 300_000 });
  await goOn(FOLLOWED_MS);
  togetherIn("sought");
  await hosted.steer({ rate: 1.25 });
  await goOn(FOLLOWED_MS);
  deepEqual(all().heard, ["silent", "silent", "silent"], "at another pace");
  await hosted.steer({ rate: 1 });
  await goOn(FOLLOWED_MS);
  togetherIn("at its own pace again");
  watchers.pop()?.leave.abort();
  await goOn(1_000);
  togetherIn("while one leaves");
});

Deno.test("sound of a hosted file that comes late is silence first, and is never behind its picture", async () => {
  await using place = await scene((world) => heardFilm(world, 900));
  const watcher = await place.joins(place.bob);
  await place.goOn(2_000);
  await place.hosted.steer({ positionMs: 200_000 });
  await place.goOn(FOLLOWED_MS);
  equal(heardNow(place).watcher(watcher), "silent");
  await place.goOn(1_000);
  const { dueMs, watcher: heard } = heardNow(place);
  const placeMs = heard(watcher);
  ok(typeof placeMs === "number" && Math.abs(placeMs - dueMs) <= PACKET_MS, `${placeMs}`);
});

Deno.test("a hosted file without sound says so to its host, and the others are told that none is sent", async () => {
  await using place = await scene({ ...film(), silence: "this file has none" });
  const watcher = await place.joins(place.bob);
  await place.until(() => watcher.ears.absence !== undefined);
  deepEqual([place.ears.absence, watcher.ears.absence], [
    "this file has none",
    "the sender sends none",
  ]);
});

Deno.test("whoever comes late to a hosted file sees where it is, also while it is paused, and the host's end is everybody's", async () => {
  await using place = await scene();
  const { alice, bob, carol, room, hosted, stop, running, goOn } = place;
  const bobs = await place.joins(bob);
  await goOn(1_000);
  await hosted.steer({ positionMs: 120_000, isPaused: true });
  await goOn(1_000);
  const carols = await place.joins(carol);
  equal(carols.eyes.placeMs, 120_000);
  await settle(alice, bob, carol);
  deepEqual(hosted.party.view.watchers.toSorted(), ["bob", "carol"]);
  stop.abort();
  equal((await running).end, "stopped");
  ok(await hosted.party.end());
  await goOn(1_000);
  for (const { ended } of [bobs, carols]) equal((await ended).reason, "stopped");
  await settle(alice, bob, carol);
  equal((await lines(carol, room)).at(-1), "alice ended the watch party");
  await rejects(() => new Parties(bob.client).join(room), { code: "unknown-stream" });
});

Deno.test("a hosted file that is over ends for all behind its last picture", async () => {
  await using place = await scene(film(2_000));
  const bobs = await place.joins(place.bob);
  let isOver = false;
  place.running.finally(() => isOver = true);
  await place.until(() => isOver);
  await place.goOn(1_000);
  equal((await place.running).end, "ended");
  equal((await bobs.ended).reason, "ended");
  ok(bobs.eyes.placeMs > 1_900, `${bobs.eyes.placeMs}`);
  equal(bobs.eyes.placeMs, place.eyes.placeMs);
});

Deno.test("a host of a file who is gone is no successor's: nobody else has it, and whoever watches is told", async () => {
  await using place = await scene();
  const { alice, bob, carol, room, world, goOn } = place;
  const bobs = await place.joins(bob);
  await settle(alice, bob, carol);
  const stop = new AbortController();
  const kept = bobs.party.keep(stop.signal).catch(() => {});
  let why: unknown;
  bobs.ended.catch((error) => why = error);
  await alice.disconnect();
  await goOn(PARTY_SILENCE_MS + 20_000);
  match(String(why), /The sender is gone/);
  equal(bobs.party.view.account, "alice");
  equal(bobs.party.view.isHost, false);
  const late = new Parties(carol.client).join(room);
  late.catch(() => {});
  await world.clock.advance(0);
  await rejects(() => late, { code: "unknown-stream", message: /The host is gone/ });
  stop.abort();
  await kept;
});

Deno.test("of a host who lies about the time nothing is believed: there is no moment for its pictures, and they are shown as they come", async () => {
  const place = await town(2);
  await using _ = place;
  const { alice, bob, world } = place;
  const room = await found(alice, [bob]);
  for (let i = 0; i < 2; i++) await settle(alice, bob);
  for (const offMs of [-3_600_000, 3_600_000, 2_000]) {
    const atMs = world.clock.nowMs() + offMs;
    await enqueueControlMessage(
      alice.messenger,
      room,
      draftMessage(PARTY_MESSAGES["party.start"], {
        ...{ sentAtMs: atMs, party: newPartyId(systemRandom), video: "holiday.mp4" },
        point: { positionMs: 0, atMs, rate: 1_000, paused: true },
        stream: newStreamId(systemRandom),
      }),
    );
    await alice.client.flush();
    await settle(alice, bob);
    const party = await new Parties(bob.client).join(room);
    equal(party.isTimed, offMs === 2_000, `${offMs} ms off`);
    await settle(alice, bob);
  }
});
