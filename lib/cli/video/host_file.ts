/** The host of a party with a file of their own: what all see is drawn here too, and keys move it for all. */

import { clockWords, speedWords } from "../../app/video_list.ts";
import type { HostedShown } from "../../app/video_surface.ts";
import type { Clock } from "../../base/clock.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { HostedFile } from "../../client/party/hosted_file.ts";
import type { ProjectedPoint } from "../../client/party/projector.ts";
import { type FindSound, LiveEar } from "./live_ear.ts";
import { partyWords } from "./together.ts";
import type { Viewer } from "./viewer.ts";
import { INTERRUPTED, LEFT } from "./watch_keys.ts";
import { readLiveKeys } from "./live_keys.ts";

/** Between two lines of status. */
const STATUS_MS = 500;
const KEYS = "space pause, ← → ↑ ↓ seek, [ ] speed, m mute, + - volume, q end";
const SEEK_MS = 5_000;
const LONG_SEEK_MS = 60_000;
const RATES = { least: 0.1, most: 16 } as const;

type Change = Partial<Omit<ProjectedPoint, "localMs">>;

/** What a key changes of the point, with the place that is shown now. */
const CHANGES: Readonly<
  Record<string, ((point: ProjectedPoint, nowMs: number) => Change) | undefined>
> = {
  " ": ({ isPaused }) => ({ isPaused: !isPaused }),
  "left": (_, nowMs) => ({ positionMs: nowMs - SEEK_MS }),
  "right": (_, nowMs) => ({ positionMs: nowMs + SEEK_MS }),
  "down": (_, nowMs) => ({ positionMs: nowMs - LONG_SEEK_MS }),
  "up": (_, nowMs) => ({ positionMs: nowMs + LONG_SEEK_MS }),
  "home": () => ({ positionMs: 0 }),
  "backspace": () => ({ rate: 1 }),
  "[": ({ rate }) => ({ rate: Math.max(RATES.least, rate / 1.25) }),
  "]": ({ rate }) => ({ rate: Math.min(RATES.most, rate * 1.25) }),
};

/** To the end of the file, or until the person leaves. Throws as `HostedFile.run`. Whoever calls it ends the party. */
export async function hostFile(
  hosted: HostedFile,
  { viewer, clock, findSound, signal: outer }: {
    readonly viewer: Viewer;
    readonly clock: Clock;
    /** Looks for what plays sound; undefined: it is not heard here. */
    readonly findSound: FindSound | undefined;
    readonly signal: AbortSignal;
  },
): Promise<HostedShown> {
  const leaving = new AbortController();
  const signal = anySignal(outer, leaving.signal);
  await using scope = new Scope(signal);
  const status = () => viewer.status(statusOf(hosted, ear.words).join("  "), KEYS);
  const ear = new LiveEar(clock, () => scope.run("heard", status));
  scope.run("keys", (stop) =>
    readLiveKeys(viewer, stop, async (name) => {
      if (name === "ctrl-c") return leaving.abort(INTERRUPTED);
      if (["q", "escape", "ctrl-d"].includes(name)) return leaving.abort(LEFT);
      if (ear.press(name)) return;
      const change = CHANGES[name]?.(hosted.point, hosted.positionMs);
      if (change === undefined) return;
      await hosted.steer(change);
      await status();
    }));
  scope.run("status", async (stop) => {
    for (;;) {
      await status();
      await clock.sleep(STATUS_MS, { signal: stop });
    }
  });
  if (viewer.hasStatus && findSound !== undefined) {
    scope.run("sound", (stop) => ear.run(hosted, findSound, stop));
  }
  const show = (picture: Parameters<Viewer["show"]>[0]) => viewer.show(picture, { inOrder: false });
  const running = hosted.run(show, { signal: scope.signal });
  const sent = await Promise.race([running, scope.failed]);
  return { sent, isInterrupted: signal.aborted && leaving.signal.reason !== LEFT };
}

function statusOf(
  { party, point: { isPaused, rate }, positionMs }: HostedFile,
  heard: readonly string[],
): readonly string[] {
  const place = isPaused ? `paused at ${clockWords(positionMs)}` : clockWords(positionMs);
  return [party.video, place, speedWords(rate) ?? [], ...heard, partyWords(party.view)].flat();
}
