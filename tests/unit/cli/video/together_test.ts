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

/** A host's, who looks whether pictures come. */
class WatchedSite extends Site implements AsyncDisposable {
  override isHost = true;
  readonly #stop = new AbortController();
  readonly #watching = this.together.watchOver(this.#stop.signal).catch(() => {});

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
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

Deno.test("of the host's keys that arrive together each one counts", async () => {
  const site = new Site();
  site.isHost = true;
  await following(site, async () => {
    site.take();
    const { together } = site;
    const pressed = [1, 2].map(() => together.setSpeed(1.5 * (together.wanted?.rate ?? 1)));
    equal(together.wanted?.rate, 2.25);
    await Promise.all(pressed);
    equal(together.wanted, undefined);
    deepEqual(site.take().map((told) => (told as unknown[]).with(1, 0)), [
      ["said", 0, 1.5, false],
      ["said", 0, 2.25, false],
      ["from", 0, 2.25, LEAD_MS],
    ]);
    const [paused] = [together.pause(), together.seek(9_000)];
    await paused;
    await site.clock.advance(0);
    deepEqual(site.take().slice(1), [["said", 9_000, 2.25, true], ["held", 9_000]]);
  });
});

Deno.test("a party that was just started begins when its host has a picture", async () => {
  await using site = new WatchedSite();
  site.revision = 0;
  site.point = { ...site.point, isPaused: true };
  await site.together.beginLeg(site.player);
  deepEqual(site.take(), [["held", 0]]);
  equal(site.together.words, "you host, 1 watches, waiting for pictures");
  await site.clock.advance(20_000);
  deepEqual(site.take(), []);
  site.together.shown(0);
  await site.clock.advance(0);
  deepEqual(site.take(), [["said", 0, 1, false], ["from", 0, 1, LEAD_MS]]);
  equal(site.together.words, "you host, 1 watches");
});

Deno.test("all wait for a host whose pictures do not come, and go on where they stopped", async () => {
  await using site = new WatchedSite();
  await site.together.beginLeg(site.player);
  await site.clock.advance(1_000);
  site.together.shown(1_000);
  site.take();
  site.marginMs = -1;
  await site.clock.advance(10_000);
  deepEqual(site.take().slice(-2), [["said", 1_000, 1, true], ["held", 1_000]]);
  equal(site.together.words, "you host, 1 watches, waiting for pictures");
  site.together.shown(1_000);
  await site.clock.advance(1_999);
  deepEqual(site.take(), [], "more are to come");
  await site.clock.advance(1);
  deepEqual(site.take().at(0), ["said", 1_000, 1, false]);
  // They do not come again: all wait for longer.
  await site.clock.advance(10_000);
  deepEqual(site.take().at(-1), ["held", 1_000]);
  site.together.shown(1_000);
  await site.clock.advance(3_999);
  deepEqual(site.take(), []);
  await site.clock.advance(1);
  deepEqual(site.take().at(0), ["said", 1_000, 1, false]);
});

Deno.test("a host who goes elsewhere, however far, is named to who watches", async () => {
  const site = new Site();
  await following(site, async () => {
    await site.clock.advance(15_000);
    await site.hear({ positionMs: 15_400 });
    equal(site.together.words, "alice hosts, 1 watches");
    await site.hear({ positionMs: 45_000 });
    equal(site.together.words, "alice went to 0:45, alice hosts, 1 watches");
    await site.clock.advance(4_001);
    equal(site.together.words, "alice hosts, 1 watches");
    equal(site.together.wentToEnd(60_000), false);
    site.take();
    // No video is longer than a hundred hours.
    await site.hear({ positionMs: 360_000_000 });
    equal(site.together.words, "alice went to 100:00:00, alice hosts, 1 watches");
    equal(site.together.wentToEnd(60_000), true);
    deepEqual(site.take(), [["from", 60_000, 1, LEAD_MS]]);
  });
});

Deno.test("whoever watches waits for nobody by itself", async () => {
  await using site = new WatchedSite();
  site.isHost = false;
  await site.together.beginLeg(site.player);
  site.marginMs = -1;
  await site.clock.advance(20_000);
  deepEqual(site.take().filter((told) => (told as unknown[])[0] === "said"), []);
});
