/** Opens a video to be watched, and opens it again when the connection was lost. */

import { Refusal, TransportError } from "../../base/errors.ts";
import { problemOf } from "../../app/video_list.ts";
import type { Link } from "../../client/link/link.ts";
import { Player, type PlayOptions } from "../../client/video/player.ts";
import { INTERRUPTED, type KeyHands, LEFT } from "./watch_keys.ts";

/** What is played, and where another connection comes from. */
export interface Reopening extends PlayOptions {
  reconnect?(signal: AbortSignal): Promise<Link>;
}

/** Opens the stream. A video that cannot be watched is refused in the words of the server's list. */
export async function openPlayer(link: Link, options: PlayOptions): Promise<Player> {
  try {
    return await Player.open(link, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, details } = error;
    const { video } = options;
    if (code === "unknown-video") {
      const how = details.suggestion === undefined ? ": the command videos lists them" : "";
      const message = `No video "${video}" on this server${how}`;
      throw new Refusal(code, message, { details, cause: error });
    }
    if (code !== "media-refused") throw error;
    const problem = await problemOf(link, video);
    if (problem === undefined) throw error;
    throw new Refusal(code, `Cannot watch ${video}: ${problem}`, { cause: error });
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
      const player = await openPlayer(link, { ...options, mode: keys.mode });
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
