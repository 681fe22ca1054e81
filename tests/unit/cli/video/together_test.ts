/** What a watch party does to a player: a party and a player that note what they are told. */

import { deepEqual, equal } from "node:assert/strict";
import type { Peer } from "../../../../lib/base/ids.ts";
import { Together } from "../../../../lib/cli/video/together.ts";
import { type PartyPoint, positionAt } from "../../../../lib/client/party/party.ts";
import type { PartyView, WatchParty } from "../../../../lib/client/party/parties.ts";
import type { Player } from "../../../../lib/client/video/player.ts";
import { PlaybackClock } from "../../../../lib/media/playback/playback_clock.ts";
import { FakeClock } from "../../../kit/clock.ts";

/** The server's clock is 5,000 ms ahead of this machine's. */
const AHEAD_MS = 5_000;
/** Answers of the server take so long. */
const ROUND_TRIP_MS = 25;
/** By then a picture is there that is asked for now. */
const LEAD_MS = 300;

class Site {
  readonly clock = new FakeClock();
  readonly playback = new PlaybackClock(1);
  readonly told: unknown[] = [];
  marginMs = 50;
  isHost = false;
  revision = 1;
  point: PartyPoint = { positionMs: 0, atMs: AHEAD_MS, rate: 1, isPaused: false };
  #changed = Promise.withResolvers<void>();
  readonly together: Together;

  constructor() {
    this.together = new Together(this.party as unknown as WatchParty, {
      clock: this.clock,
      onChanged: () => Promise.resolve(),
    });
  }

  get view(): PartyView {
    const { isHost, revision, point } = this;
    return { isHost, revision, point, account: "alice", watchers: ["bob"] } as unknown as PartyView;
  }

  get party() {
    // deno-lint-ignore no-this-alias
    const site = this;
    return {
      peer: "#7" as Peer,
      shared: { roundTripMs: ROUND_TRIP_MS },
      get view() {
        return site.view;
      },
      positionAt: (localMs: number) => positionAt(site.point, localMs + AHEAD_MS),
      say({ localMs, ...point }: Omit<PartyPoint, "atMs"> & { localMs: number }) {
        site.revision++;
        site.point = { ...point, atMs: localMs + AHEAD_MS };
        site.told.push(["said", point.positionMs, point.rate, point.isPaused]);
        return Promise.resolve(true);
      },
      async *views() {
        for (;;) {
          yield site.view;
          await site.#changed.promise;
          site.#changed = Promise.withResolvers();
        }
      },
    };
  }

  get player(): Player {
    const { told, playback, clock } = this;
    // deno-lint-ignore no-this-alias
    const site = this;
    return {
      playback,
      durationMs: 60_000,
      get marginMs() {
        return site.marginMs;
      },
      playFrom({ positionMs, rate, atMs }: { positionMs: number; rate: number; atMs: number }) {
        playback.play();
        playback.setRate(rate);
        playback.seek(positionMs, atMs);
        told.push(["from", positionMs, rate, atMs - clock.monotonicMs()]);
        return Promise.resolve();
      },
      holdAt(positionMs: number) {
        playback.pause();
        told.push(["held", positionMs]);
        return Promise.resolve();
      },
    } as unknown as Player;
  }

  /** The host says something, and this device has heard it. */
  async hear(point: Partial<PartyPoint>): Promise<void> {
    const atMs = this.clock.monotonicMs() + AHEAD_MS;
    this.revision++;
    this.point = { ...this.point, atMs, ...point };
    this.#changed.resolve();
    await this.clock.advance(0);
  }

  take(): readonly unknown[] {
    return this.told.splice(0);
  }
}

async function following(site: Site, action: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const running = site.together.run(stop.signal).catch(() => {});
  await site.together.beginLeg(site.player);
  await site.clock.advance(0);
  await action();
  stop.abort();
  void running;
}

Deno.test("a watcher begins where the others are, and asks for it before it is due", async () => {
  const site = new Site();
  await site.clock.advance(10_000);
  await following(site, () => {
    deepEqual(site.take(), [["from", 10_000 + LEAD_MS, 1, LEAD_MS]]);
    return Promise.resolve();
  });
});

Deno.test("a watcher pauses, seeks and changes speed with the host, and does nothing for a word that changes nothing", async () => {
  const site = new Site();
  await following(site, async () => {
    site.take();
    await site.clock.advance(15_000);
    await site.hear({ positionMs: 15_000 });
    deepEqual(site.take(), [], "the host's beat");
    await site.hear({ positionMs: 15_060 });
    deepEqual(site.take(), [], "less than is seen");
    await site.hear({ positionMs: 20_000, isPaused: true });
    await site.hear({ positionMs: 20_000, isPaused: true });
    deepEqual(site.take(), [["held", 20_000]]);
    await site.hear({ positionMs: 20_000, isPaused: false, rate: 2 });
    deepEqual(site.take(), [["from", 20_000 + 2 * LEAD_MS, 2, LEAD_MS]]);
    await site.hear({ positionMs: 50_000 });
    deepEqual(site.take(), [["from", 50_000 + 2 * LEAD_MS, 2, LEAD_MS]]);
    await site.hear({ positionMs: 59_999 });
    deepEqual(site.take(), [["from", 60_000, 2, LEAD_MS]], "no further than its end");
  });
});

Deno.test("a watcher whose pictures come too late asks earlier", async () => {
  const site = new Site();
  await following(site, async () => {
    site.take();
    const stop = new AbortController();
    const watching = site.together.watchOver(stop.signal).catch(() => {});
    await site.clock.advance(2_500);
    deepEqual(site.take(), []);
    site.marginMs = -1;
    await site.clock.advance(2_500);
    deepEqual(site.take(), [["from", 5_000 + 1.5 * LEAD_MS, 1, 1.5 * LEAD_MS]]);
    site.marginMs = 0;
    await site.clock.advance(2_500);
    deepEqual(site.take(), []);
    stop.abort();
    await watching;
  });
});

Deno.test("the host's keys are everybody's, and those of others move nothing", async () => {
  const site = new Site();
  await following(site, async () => {
    site.take();
    for (const key of ["pause", "resume"] as const) await site.together[key]();
    await site.together.seek(9_000);
    deepEqual(site.take(), []);
    equal(site.together.words, "alice hosts, 1 watches");
    site.isHost = true;
    await site.clock.advance(2_000);
    await site.together.pause();
    deepEqual(site.take(), [["said", 2_000, 1, true], ["held", 2_000]]);
    await site.together.resume();
    deepEqual(site.take(), [["said", 2_000, 1, false], ["from", 2_000, 1, LEAD_MS]]);
    await site.together.seek(30_000);
    deepEqual(site.take(), [["said", 30_000, 1, false], ["from", 30_000, 1, LEAD_MS]]);
    await site.together.setSpeed(2);
    deepEqual(site.take().at(0), ["said", 30_000, 2, false]);
    equal(site.together.words, "you host, 1 watches");
  });
});

Deno.test("a party that was just started begins when its host has the video", async () => {
  const site = new Site();
  site.isHost = true;
  site.revision = 0;
  site.point = { ...site.point, isPaused: true };
  await site.together.beginLeg(site.player);
  deepEqual(site.take(), [["said", 0, 1, false], ["from", 0, 1, LEAD_MS]]);
});
