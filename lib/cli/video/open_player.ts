/** Opens a video to be watched, and opens it again when the connection was lost. */

import { Refusal, TransportError } from "../../base/errors.ts";
import { untilAborted } from "../../base/scope.ts";
import { problemOf } from "../../app/video_list.ts";
import type { Link } from "../../client/link/link.ts";
import { Player, type PlayOptions } from "../../client/video/player.ts";
import { INTERRUPTED, type KeyHands, LEFT } from "./watch_keys.ts";

/** What is played, and where another connection comes from. */
export interface Reopening extends Opening {
  reconnect?(signal: AbortSignal): Promise<Link>;
}

/** Whoever waits so long for a video to be opened is told what for. */
const OPENING_SAID_MS = 1_500;

/** What opens a stream. */
interface Opening extends PlayOptions {
  /** Told when it takes longer than a moment. */
  readonly tell?: ((line: string) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/** Opens the stream. A video that cannot be watched is refused in the words of the server's list. Rejects with the signal's reason. */
export async function openPlayer(link: Link, options: Opening): Promise<Player> {
  const { tell, signal } = options;
  const cancel = options.clock.after(OPENING_SAID_MS, () => {
    // Whoever cannot be told anything is told so by the video.
    tell?.(`Waiting for the server, which reads ${options.video} first`).catch(() => {});
  });
  const opening = Player.open(link, options);
  try {
    return await untilAborted(opening, signal);
  } catch (error) {
    // Nobody watches it any more, should it open after all.
    if (signal.aborted) opening.then((player) => player.stop()).catch(() => {});
    const { video } = options;
    if (error instanceof TransportError && error.code === "timeout") {
      const message = `Cannot watch ${video} yet: the server still reads it. Try again in a minute`;
      throw new TransportError("timeout", message, { cause: error });
    }
    if (!(error instanceof Refusal)) throw error;
    const { code, details } = error;
    if (code === "unknown-video") {
      const how = details.suggestion === undefined ? ": the command videos lists them" : "";
      const message = `No video "${video}" on this server${how}`;
      throw new Refusal(code, message, { details, cause: error });
    }
    if (code !== "media-refused") throw error;
    const problem = await problemOf(link, video);
    if (problem === undefined) throw error;
    throw new Refusal(code, `Cannot watch ${video}: ${problem}`, { cause: error });
  } finally {
    cancel();
  }
}

/** The same video from the same moment, over another link. Undefined when the person leaves before there is one. */
export async function reopen(
  options: Reopening,
  keys: KeyHands,
  signal: AbortSignal,
): Promise<[Link, Player] | undefined> {
  for (;;) {
    let link: Link | undefined;
    try {
      link = await options.reconnect?.(signal);
    } catch (error) {
      if (error !== LEFT && error !== INTERRUPTED) throw error;
    }
    if (link === undefined) return undefined;
    try {
      const { playback } = options;
      const player = await openPlayer(link, {
        ...options,
        tell: undefined,
        mode: keys.mode,
        signal,
      });
      let positionMs: number;
      do {
        // Keys are for the lost player until this one is handed over: another place may be chosen meanwhile.
        positionMs = playback.positionMs;
        await player.seek(positionMs);
      } while (positionMs !== playback.positionMs);
      if (playback.isPaused) await player.pause();
      return [link, player];
    } catch (error) {
      // This one is lost too.
      if (!(error instanceof TransportError)) throw error;
    }
  }
}
