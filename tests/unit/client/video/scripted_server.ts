/** A server of one film for players, played by the test. */

import type { Link } from "../../../../lib/client/link/link.ts";
import type { PlayedFrame } from "../../../../lib/client/video/frame_assembly.ts";
import { Player, type PlayOptions } from "../../../../lib/client/video/player.ts";
import type { Connection } from "../../../../lib/net/connections/connection.ts";
import { PlaybackClock } from "../../../../lib/media/playback/playback_clock.ts";
import { encodePacket, type Packet } from "../../../../lib/protocol/packet.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { scriptedLink } from "../../../kit/scripted_link.ts";

export const STREAM = 3;
export const NEVER = new AbortController().signal;

/** A server that says what the test tells it, and counts the credit that it gets. */
export class ScriptedServer {
  readonly clock = new FakeClock();
  readonly link: Link;
  readonly asked: Packet[] = [];
  readonly #connection: Connection;
  credit = 0;
  /** Set, a change is not answered. */
  holdsBack = false;

  constructor() {
    const { connection, link } = scriptedLink(this.clock, (packet) => this.#receive(packet));
    this.#connection = connection;
    this.link = link;
  }

  open(speed: number, about: Partial<PlayOptions> = {}): Promise<Player> {
    return Player.open(this.link, {
      video: "film",
      mode: "thirds",
      playback: new PlaybackClock(speed),
      clock: this.clock,
      ...about,
    });
  }

  /** Sends frame `index` of 100 ms each, in two parts. */
  async frame(index: number, epoch = 0): Promise<void> {
    this.credit--;
    const jpeg = new Uint8Array([0xff, 0xd8, index, 0xd9]);
    for (const offset of [0, 2]) {
      this.push("video.frame", {
        stream: STREAM,
        epoch,
        mode: "thirds",
        rendition: "240p",
        index,
        total: 5,
        width: 426,
        height: 240,
        pts: index * 100,
        size: jpeg.length,
        offset,
        source: index,
      }, jpeg.subarray(offset, offset + 2));
    }
    await settle();
  }

  async end(fields: { epoch?: number; complete?: boolean; problem?: string } = {}): Promise<void> {
    this.push("video.end", {
      stream: STREAM,
      epoch: 0,
      sent: 5,
      dropped: 1,
      complete: true,
      ...fields,
    });
    await settle();
  }

  push(kind: string, fields: object, payload?: Uint8Array): void {
    this.#connection.send(encodePacket({ kind, ...fields }, payload), "control");
  }

  #receive(packet: Packet): void {
    const { kind, request, frames, epoch, mode } = packet.header;
    this.asked.push(packet);
    if (kind === "video.open") {
      const opened = { stream: STREAM, name: "film", mode, total: 5, durationMs: 500 };
      this.push("video.opened", { request, ...opened });
    }
    if (kind === "video.control") {
      if (!this.holdsBack) this.push("video.controlled", { request, stream: STREAM, epoch });
      this.credit = 0;
    }
    if (kind === "video.credit") this.credit += Number(frames);
  }
}

export function play(player: Player, signal = NEVER) {
  const shown: number[] = [];
  const arrived: number[] = [];
  const playing = player.play({
    onFrame: (frame: PlayedFrame) => arrived.push(frame.index),
    show: (frame) => {
      shown.push(frame.index);
      return Promise.resolve();
    },
  }, { signal });
  // Awaited by the test after it has played the server's part.
  playing.catch(() => {});
  return { shown, arrived, playing };
}
