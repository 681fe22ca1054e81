/** Watches a film of flashes and beeps, and says how much its sound is behind its pictures. */

import { systemClock } from "../../lib/base/clock.ts";
import { watch } from "../../lib/cli/video/watch.ts";
import type { Viewer } from "../../lib/cli/video/viewer.ts";
import type { Picture } from "../../lib/client/video/frame_assembly.ts";
import { findSoundWays, locateProgram, type SoundWays } from "../../lib/media/sound/sound_ways.ts";
import { LocalSocketStream } from "../../lib/net/streams/local_socket.ts";
import type { FilmServer } from "./film_server.ts";
import type { SoundRig } from "./sound_rig.ts";

/** Flashes before sound and pictures have found together. */
const FIRST = 2;

/** Draws nothing, and notes when each flash was to be seen. */
class FlashNotes implements Viewer {
  readonly hasStatus = true;
  readonly drawing = undefined;
  readonly statistics = { method: "none", drawn: 0, dropped: 0, refused: 0 };
  adapts = false;
  readonly flashesMs: number[] = [];
  readonly said: string[] = [];

  show({ ptsMs }: Picture): Promise<void> {
    if (ptsMs % 1000 < 30) this.flashesMs.push(systemClock.monotonicMs());
    return Promise.resolve();
  }

  status(text: string): Promise<void> {
    this.said.push(text);
    return Promise.resolve();
  }

  subtitle(): Promise<void> {
    return Promise.resolve();
  }

  nextKey(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** The ways of this machine, with the rig's sound server. */
export function waysOf(rig: SoundRig, folder: string): Promise<SoundWays> {
  return findSoundWays({
    env: (name) => rig.environment[name],
    os: Deno.build.os,
    exists: (path) => Deno.stat(path).then(() => true, () => false),
    read: () => Promise.resolve(undefined),
    locate: locateProgram,
    folder,
    clock: systemClock,
    dial: (path) => LocalSocketStream.open(path),
  });
}

/** Milliseconds by which each beep was heard after its flash, and the words of the status line. */
export async function watchOffsets(
  server: FilmServer,
  rig: SoundRig,
  { video, sound }: { readonly video: string; readonly sound: SoundWays },
): Promise<{ readonly offsetsMs: readonly number[]; readonly said: readonly string[] }> {
  const viewer = new FlashNotes();
  await watch(server.link, {
    ...{ video, mode: "fixed:240p", speed: 1, clock: systemClock },
    signal: new AbortController().signal,
    open: () => Promise.resolve({ viewer }),
    extras: { findSound: () => Promise.resolve(sound), subtitles: undefined },
  });
  // What is still on its way to the recorder.
  await systemClock.sleep(300);
  const heardMs = rig.onsetsMs;
  const offsetsMs = viewer.flashesMs.slice(FIRST).map((flashMs) => {
    const behind = heardMs.map((beepMs) => beepMs - flashMs);
    return behind.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0] ?? NaN;
  });
  return { offsetsMs, said: viewer.said };
}
